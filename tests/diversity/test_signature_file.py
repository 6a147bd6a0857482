"""An index in a file is the index that was saved, or it is refused."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from sdf.diversity import NearDuplicateIndex, Neighbour, premise_index, shingles, signature, signature_file
from sdf.diversity.sketch import sketch
from sdf.errors import DiskError, InputError
from tests.test_files import at_most

HEADER = struct.Struct("<8sHHHHQ40x")


@pytest.fixture(scope="module")
def signatures(planted: list[str]) -> NDArray[np.uint32]:
    return sketch(planted).signatures


@pytest.fixture(scope="module")
def sets(planted: list[str]) -> list[NDArray[np.uint64]]:
    return [shingles(text) for text in planted]


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    """A file of three entries."""
    index = NearDuplicateIndex()
    for number in (5, -7, 2**40):
        index.add(number, signature(np.arange(number % 11, 90, dtype=np.uint64)))
    index.save(tmp_path / "index.sig")
    return tmp_path / "index.sig"


def asked(
    index: NearDuplicateIndex, signatures: NDArray[np.uint32], sets: list[NDArray[np.uint64]]
) -> list[Neighbour | None]:
    return [index.query(row, members, sets.__getitem__) for row, members in zip(signatures, sets, strict=True)]


def taken(
    index: NearDuplicateIndex, places: range, signatures: NDArray[np.uint32], sets: list[NDArray[np.uint64]]
) -> list[Neighbour | None]:
    return index.admit(
        list(places), signatures[places.start : places.stop], lambda place: sets[places[place]], sets.__getitem__
    )


def test_a_loaded_index_answers_as_the_one_in_memory(
    tmp_path: Path, signatures: NDArray[np.uint32], sets: list[NDArray[np.uint64]]
) -> None:
    memory = NearDuplicateIndex()
    taken(memory, range(250), signatures, sets)
    memory.save(tmp_path / "index.sig")
    loaded = NearDuplicateIndex.load(tmp_path / "index.sig")
    assert len(loaded) == len(memory) < 250
    assert asked(loaded, signatures, sets) == asked(memory, signatures, sets)
    assert taken(loaded, range(250, 400), signatures, sets) == taken(memory, range(250, 400), signatures, sets)
    assert len(loaded) == len(memory)
    assert asked(loaded, signatures, sets) == asked(memory, signatures, sets)
    # What was loaded and what was added go into one file, also in the place of the first.
    memory.save(tmp_path / "memory.sig")
    loaded.save(tmp_path / "index.sig")
    assert (tmp_path / "index.sig").read_bytes() == (tmp_path / "memory.sig").read_bytes()
    assert asked(loaded, signatures, sets) == asked(memory, signatures, sets)


def test_a_loaded_index_grows(tmp_path: Path) -> None:
    source = np.random.default_rng(4)
    members = np.sort(source.integers(0, 2**63, (3200, 20), dtype=np.uint64), axis=1)
    rows = np.stack([signature(row) for row in members])
    index = NearDuplicateIndex()
    for number in range(1500):
        index.add(number, rows[number])
    index.save(tmp_path / "index.sig")
    loaded = NearDuplicateIndex.load(tmp_path / "index.sig")
    assert loaded.nbytes < index.nbytes
    for number in range(1500, 3200):
        loaded.add(number, rows[number])
    for number in (0, 1023, 1499, 1500, 2047, 2048, 3199):
        assert loaded.query(rows[number], members[number], members.__getitem__) == Neighbour(number, 1.0)


@pytest.mark.parametrize("make", [NearDuplicateIndex, premise_index])
def test_an_empty_index(tmp_path: Path, make: type[NearDuplicateIndex]) -> None:
    index = make()
    index.save(tmp_path / "index.sig")
    choices = {"perms": index.perms, "shingle": index.shingle, "bands": 16, "rows": 4}
    loaded = NearDuplicateIndex.load(tmp_path / "index.sig", 0.6, **choices)
    assert len(loaded) == 0
    base = np.arange(100, dtype=np.uint64)
    loaded.add(3, signature(base, index.perms))
    assert loaded.query(signature(base, index.perms), base, lambda number: base) == Neighbour(3, 1.0)


def test_ids_and_signatures_come_back(saved: Path) -> None:
    ids, signatures = signature_file.read(saved, perms=128, shingle=5)
    assert ids.tolist() == [5, -7, 2**40]
    assert np.array_equal(signatures[0], signature(np.arange(5, 90, dtype=np.uint64)))
    before = saved.read_bytes()
    signatures[0] = 0
    assert saved.read_bytes() == before


def test_parts_are_joined(tmp_path: Path) -> None:
    rows = np.arange(70_000 * 2, dtype=np.uint32).reshape(-1, 2)
    parts = (rows[:1], rows[1:1], rows[1:])
    signature_file.write(tmp_path / "a.sig", parts, lambda: np.arange(70_000), perms=2, shingle=3)
    ids, found = signature_file.read(tmp_path / "a.sig", perms=2, shingle=3)
    assert np.array_equal(found, rows)
    assert np.array_equal(ids, np.arange(70_000))


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        (1, 2, "format version 2, here 1"),
        (2, 64, "number of permutations 64, here 128"),
        (3, 3, "words in a shingle 3, here 5"),
        (4, 1, "reserved field 1, here 0"),
        (5, 9, "seed 9, here 1"),
    ],
)
def test_signatures_of_another_kind_are_refused(saved: Path, field: int, value: int, says: str) -> None:
    content = saved.read_bytes()
    head = [*HEADER.unpack(content[: HEADER.size])]
    head[field] = value
    saved.write_bytes(HEADER.pack(*head) + content[HEADER.size :])
    with pytest.raises(InputError, match="its signatures cannot be compared with these") as caught:
        NearDuplicateIndex.load(saved)
    assert says in str(caught.value)
    assert str(saved) in str(caught.value)
    assert "Delete it; it is made anew from the texts." in str(caught.value)


@pytest.mark.parametrize("choices", [{"perms": 64, "bands": 16, "rows": 4}, {"shingle": 3}])
def test_an_index_of_another_kind_refuses_the_file(saved: Path, choices: dict[str, int]) -> None:
    with pytest.raises(InputError, match="its signatures cannot be compared with these"):
        NearDuplicateIndex.load(saved, **choices)


@pytest.mark.parametrize("left", [64, 70, 79, 80, 600, -25, -16, -1])
def test_a_file_that_is_cut_short_is_refused(saved: Path, left: int) -> None:
    saved.write_bytes(saved.read_bytes()[:left])
    with pytest.raises(InputError, match="cut short or damaged"):
        NearDuplicateIndex.load(saved)


def test_a_file_with_more_or_less_in_the_middle_is_refused(saved: Path) -> None:
    content = saved.read_bytes()
    for changed in (content[:100] + content[104:], content[:100] + b"more" + content[100:]):
        saved.write_bytes(changed)
        with pytest.raises(InputError, match="cut short or damaged"):
            NearDuplicateIndex.load(saved)


@pytest.mark.parametrize("content", [b"", b"\x93SDFSIG\n", b"x" * 1000])
def test_another_file_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.sig"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"a\.sig: this is no signature file"):
        NearDuplicateIndex.load(path)


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read: No such file"):
        NearDuplicateIndex.load(tmp_path / "gone.sig")
    with pytest.raises(InputError, match="cannot be read: Is a directory"):
        NearDuplicateIndex.load(tmp_path)


def test_nothing_is_half_written(saved: Path) -> None:
    before = saved.read_bytes()
    index = NearDuplicateIndex()
    for number in range(20):
        index.add(number, signature(np.arange(9, dtype=np.uint64)))
    with at_most(4000), pytest.raises(DiskError):
        index.save(saved)
    assert [path.name for path in saved.parent.iterdir()] == [saved.name]
    assert saved.read_bytes() == before
