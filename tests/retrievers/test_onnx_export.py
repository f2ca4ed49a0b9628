from pathlib import Path

import pytest

from retrievers.onnx_export import ExportError, describe, export_model, is_whole
from tests.retrievers.conftest import Export


def labelled(folder: Path, content: bytes) -> Path:
    file = folder / "model.onnx"
    file.write_bytes(content)
    file.with_suffix(".label").write_text(describe(file))
    return file


def test_of_two_processes_one_exports_and_both_get_the_file(export: Export) -> None:
    file = export.data_dir / "models" / "all-MiniLM-L6-v2.onnx"
    assert is_whole(file)
    assert sum(report.count("Exporting") for report in export.reports) == 1
    assert all(report.splitlines()[-1] == str(file) for report in export.reports)


def test_an_export_leaves_only_the_file_its_label_and_the_lock(export: Export) -> None:
    names = sorted(file.name for file in (export.data_dir / "models").iterdir())
    assert [name.rpartition(".")[2] for name in names] == ["label", "lock", "onnx"]


def test_what_is_exported_is_not_exported_again(model_dir: Path) -> None:
    file = model_dir / "models" / "all-MiniLM-L6-v2.onnx"
    before = file.stat()
    said: list[str] = []
    assert export_model(model_dir, said.append) == file
    assert said == ["all-MiniLM-L6-v2 is already exported"]
    assert file.stat() == before


def test_a_file_with_its_own_label_is_whole(tmp_path: Path) -> None:
    assert is_whole(labelled(tmp_path, b"weights"))


@pytest.mark.parametrize("damaged", [b"", b"weight", b"weightS", b"weights\0"])
def test_a_damaged_file_is_not_whole(tmp_path: Path, damaged: bytes) -> None:
    file = labelled(tmp_path, b"weights")
    file.write_bytes(damaged)
    assert not is_whole(file)


@pytest.mark.parametrize("label", [b"", b"\xff\xfe", b"sha256 0, recipe 1"])
def test_a_file_with_a_strange_label_is_not_whole(tmp_path: Path, label: bytes) -> None:
    file = labelled(tmp_path, b"weights")
    file.with_suffix(".label").write_bytes(label)
    assert not is_whole(file)


def test_a_file_of_an_older_recipe_is_not_whole(tmp_path: Path) -> None:
    file = labelled(tmp_path, b"weights")
    label = file.with_suffix(".label")
    label.write_text(label.read_text().replace("recipe 1", "recipe 0"))
    assert not is_whole(file)


def test_without_file_or_label_nothing_is_whole(tmp_path: Path) -> None:
    assert not is_whole(tmp_path / "model.onnx")
    file = labelled(tmp_path, b"weights")
    file.with_suffix(".label").unlink()
    assert not is_whole(file)


def test_a_failing_exporter_is_quoted_and_leaves_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "torch.py").write_text("raise ImportError('no torch on this machine')")
    monkeypatch.setenv("PYTHONPATH", str(broken))
    with pytest.raises(ExportError, match="no torch on this machine"):
        export_model(tmp_path, lambda line: None)
    assert [file.name for file in (tmp_path / "models").iterdir()] == ["all-MiniLM-L6-v2.lock"]


def test_a_data_directory_that_is_a_file_is_an_os_error(tmp_path: Path) -> None:
    file = tmp_path / "data"
    file.touch()
    with pytest.raises(OSError, match="data"):
        export_model(file, lambda line: None)
