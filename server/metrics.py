"""What a process counted, as Prometheus reads it. Nobody who counts knows of it."""

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, disable_created_metrics, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from agents.models import Models
from retrievers.embed import Embedder
from tools.refusals import Refusals


class Counted(Collector):
    """Reads the counts when it is asked for them. No label names a tenant or a customer."""

    def __init__(self, models: Models, refusals: Refusals, embedder: Embedder) -> None:
        self._models = models
        self._embedder = embedder
        self._refusals = refusals

    def collect(self) -> Iterator[Metric]:
        """The families, also those that are still empty."""
        fallbacks = CounterMetricFamily(
            "llm_fallback_requests",
            "Calls that the language model did not answer, and why",
            labels=["model", "reason"],
        )
        for (model, reason), times in self._models.fallbacks.counts.items():
            fallbacks.add_metric([model, reason], times)
        yield fallbacks
        circuit = GaugeMetricFamily(
            "llm_circuit_open",
            "1 while a language model is left alone because it failed",
            labels=["model"],
        )
        for name, breaker in self._models.breakers.items():
            circuit.add_metric([name], float(breaker.state == "open"))
        yield circuit
        vectorless = CounterMetricFamily(
            "embedding_failures",
            "Times the embedding model gave no vectors, and why; words served",
            labels=["model", "reason"],
        )
        for why, times in self._embedder.failures.items():
            vectorless.add_metric([self._embedder.model, why], times)
        yield vectorless
        refused = CounterMetricFamily(
            "tool_refusals",
            "Tool calls that were refused, by error code",
            labels=["tool", "role", "code"],
        )
        for labels, times in self._refusals.counts.items():
            refused.add_metric(labels, times)
        yield refused


def exposition(*collectors: Collector) -> bytes:
    """What they count, in Prometheus' text format."""
    # otherwise a second line for each, which says when it was first counted
    disable_created_metrics()  # type: ignore[no-untyped-call]
    registry = CollectorRegistry()
    for collector in collectors:
        registry.register(collector)
    return generate_latest(registry)
