"""Every suite that ships its own cases, in the order in which they are played."""

from evals import conversations, curated, routing_run, safety, sentiment, suggestions
from evals.suite import Suite

SUITES: tuple[Suite, ...] = (
    routing_run.SUITE,
    sentiment.SUITE,
    curated.SUITE,
    safety.SUITE,
    suggestions.SUITE,
    conversations.SUITE,
)
