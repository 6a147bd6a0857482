"""From folders to packs. Project folders come first, the packaged ones after, by name.

A pack's hash covers every file in its folder and every file in `_shared`, so that a
run can tell whether it is still written by the same prompts.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from sdf.errors import GenreError
from sdf.genres.pack import Axis, Catalogue, Genre, NativeLocale, Pools, Setting
from sdf.genres.subtypes import SUBTYPES, overlaid, parse_subtypes, subtype_axis
from sdf.records import Record

SHARED = "_shared"
LOCALES = "locales/"
MAX_PACK_BYTES = 1_000_000
R = TypeVar("R", bound=Record)
_TEXT_SUFFIXES = (".j2", ".toml", ".md", ".txt")


def packaged_root() -> Path:
    """The folder that holds the shipped `genres/` and `constitution.md`.

    An installed wheel carries them inside the package; a checkout has them beside it.
    """
    inside = Path(__file__).resolve().parent.parent / "packaged"
    return inside if inside.is_dir() else Path(__file__).resolve().parents[2]


def search_path(project: Path | None = None) -> tuple[Path, ...]:
    """The folders in which packs are looked for, first match wins."""
    packaged = packaged_root() / "genres"
    own = (project or Path.cwd()) / "genres"
    return (own, packaged) if own.is_dir() and own.resolve() != packaged.resolve() else (packaged,)


def find_packs(folders: Sequence[Path]) -> dict[str, Path]:
    """Every pack's folder under its name, in name order."""
    found: dict[str, Path] = {}
    for folder in folders:
        for candidate in sorted(folder.iterdir()) if folder.is_dir() else ():
            if (candidate / "genre.toml").is_file() and not candidate.name.startswith(("_", ".")):
                found.setdefault(candidate.name, candidate)
    return dict(sorted(found.items()))


def load_catalogue(folders: Sequence[Path], names: Sequence[str] = (), locales: Sequence[str] = ()) -> Catalogue:
    """Load packs and what they share; all packs when no names are given.

    `locales` are canonical BCP-47 tags; the pools of no other enter the catalogue, so
    that a run depends only on those that it uses.

    Raises:
        GenreError: a name is unknown, or a file of a pack is broken (file and line).
    """
    packs = find_packs(folders)
    unknown = [name for name in names if name not in packs]
    if unknown:
        raise GenreError(f"there is no genre `{unknown[0]}`", hint=f"Known: {', '.join(packs)}.")
    shared = _shared_files(folders)
    pools_of = {tag: _pool_file(shared, tag) for tag in locales if tag.partition("-")[0] != "en"}
    shared = {name: body for name, body in shared.items() if not name.startswith(LOCALES) or name in pools_of.values()}
    wanted = sorted(set(names)) if names else list(packs)
    genres = tuple(load_genre(packs[name], shared, overlaid(folders, name)) for name in wanted)
    if not genres:
        raise GenreError("there are no genre packs", where=str(folders[0]), hint="Make one with `sdf genres new`.")
    native = tuple(_native(shared, tag, name) for tag, name in pools_of.items())
    pools = _record(Pools, {**_toml(shared, "names.toml", SHARED), "native": native}, f"genres/{SHARED}/names.toml")
    settings = _records(
        Setting,
        _toml(shared, "settings.toml", SHARED).get("settings", []),
        f"genres/{SHARED}/settings.toml",
        "settings",
    )
    whole = sha256(_digest(shared).encode())
    for genre in genres:
        whole.update(genre.sha256.encode())
    return Catalogue(genres=genres, settings=settings, pools=pools, shared_files=shared, sha256=whole.hexdigest())


def load_genre(folder: Path, shared: Mapping[str, bytes], subtypes: bytes | None = None) -> Genre:
    """Read one pack; `subtypes` is a subtypes.toml that comes before the folder's own.

    Raises:
        GenreError: a missing or malformed file, with its file and line.
    """
    files = dict(_read_tree(folder)) | ({} if subtypes is None else {SUBTYPES: subtypes})
    where = f"genres/{folder.name}/genre.toml"
    table = _toml(files, "genre.toml", folder.name)
    axes = _merged_axes(_toml(shared, "axes.toml", SHARED), table, where)
    phrases = _phrases(shared, SHARED) | _phrases(files, folder.name)
    templates = {
        f"{SHARED}/{name}": _text(body, f"genres/{SHARED}/{name}")
        for name, body in shared.items()
        if name.endswith(".j2")
    }
    templates |= {
        name: _text(body, f"genres/{folder.name}/{name}") for name, body in files.items() if name.endswith(".j2")
    }
    fields = {key: value for key, value in table.items() if key not in {"axes", "forbid", "name"}}
    genre = _record(
        Genre,
        fields
        | {
            "name": folder.name,
            "axes": axes,
            "forbid": [{"when": {k: _as_list(v) for k, v in row.items()}} for row in table.get("forbid", [])],
            "templates": templates,
            "phrases": phrases,
            "files": files,
            "folder": str(folder),
            "sha256": _digest(files | {f"{SHARED}/{name}": body for name, body in shared.items()}),
        },
        where,
    )
    genre = _with_subtypes(genre)
    _refuse_inconsistent(genre, table, where)
    return genre


def _with_subtypes(genre: Genre) -> Genre:
    """The genre with its subtypes as the last axis, so that no other choice of a brief depends on them."""
    if SUBTYPES not in genre.files:
        return genre
    where = f"genres/{genre.name}/{SUBTYPES}"
    axis = subtype_axis(parse_subtypes(genre.files[SUBTYPES], where, genre.forms), genre.axes, where)
    return genre if axis is None else genre.model_copy(update={"axes": (*genre.axes, axis)})


def _refuse_inconsistent(genre: Genre, table: Mapping[str, Any], where: str) -> None:
    if table.get("name", genre.name) != genre.name:
        raise GenreError(f"name is `{table['name']}`", where=where, hint=f"It must be its folder's: `{genre.name}`.")
    ids = [form.id for form in genre.forms]
    doubled = sorted({form for form in ids if ids.count(form) > 1})
    if doubled or not ids:
        raise GenreError(f"forms are missing or doubled: {doubled}", where=where, hint="Give each form its own id.")
    known = {axis.name: {value.id for value in axis.values} for axis in genre.axes}
    taken = sorted(known.keys() & {"setting", "locale", "language"})
    if taken:
        raise GenreError(f"an axis is called `{taken[0]}`", where=where, hint="The plan fills that one; rename it.")
    known["form"] = set(ids)
    for row in genre.forbid:
        for axis, values in row.when.items():
            strange = [value for value in values if value not in known.get(axis, ())]
            if axis not in known or strange:
                raise GenreError(
                    f"[[forbid]] names {axis} = {strange or values}, which this pack does not have",
                    where=where,
                    hint=f"Known for {axis}: {', '.join(sorted(known.get(axis, known)))}.",
                )
    for stage in genre.stages:
        if stage.template not in genre.templates:
            raise GenreError(
                f"stage `{stage.name}` names a template that is not there: {stage.template}",
                where=where,
                hint=f"There are: {', '.join(sorted(genre.templates))}.",
            )


def _read_tree(folder: Path) -> Iterator[tuple[str, bytes]]:
    total = 0
    for path in sorted(folder.rglob("*")):
        if path.is_symlink() or not path.is_file() or path.suffix not in _TEXT_SUFFIXES:
            continue
        body = path.read_bytes()
        total += len(body)
        if total > MAX_PACK_BYTES:
            raise GenreError(f"is over {MAX_PACK_BYTES:,} bytes", where=str(folder), hint="Split the pack.")
        yield path.relative_to(folder).as_posix(), body


def _shared_files(folders: Sequence[Path]) -> dict[str, bytes]:
    merged: dict[str, bytes] = {}
    for folder in reversed(folders):
        if (folder / SHARED).is_dir():
            merged |= dict(_read_tree(folder / SHARED))
    return dict(sorted(merged.items()))


def _pool_file(shared: Mapping[str, bytes], tag: str) -> str:
    """The locale file of a tag: its own, or the first that only says more (`zh-CN` is in `zh-Hans-CN`)."""
    parts = tag.split("-")
    for name in (f"{LOCALES}{tag}.toml", *sorted(shared)):
        if name in shared and name.startswith(LOCALES):
            there = iter(name.removeprefix(LOCALES).removesuffix(".toml").split("-"))
            if all(part in there for part in parts):
                return name
    return ""


def _native(shared: Mapping[str, bytes], tag: str, name: str) -> NativeLocale:
    fields = _toml(shared, name, SHARED) if name else {}
    return _record(NativeLocale, {**fields, "tag": tag}, f"genres/{SHARED}/{name or LOCALES}")


def _merged_axes(shared: Mapping[str, Any], own: Mapping[str, Any], where: str) -> tuple[Axis, ...]:
    axes = {axis.name: axis for axis in _records(Axis, shared.get("axes", []), f"genres/{SHARED}/axes.toml", "axes")}
    axes |= {axis.name: axis for axis in _records(Axis, own.get("axes", []), where, "axes")}
    return tuple(axes.values())


def _phrases(files: Mapping[str, bytes], folder: str) -> dict[str, tuple[str, ...]]:
    rules: dict[str, tuple[str, ...]] = {}
    for name in sorted(files):
        if name.startswith("offline/") and name.endswith(".toml"):
            rules |= dict(_flattened(_toml(files, name, folder), "", f"genres/{folder}/{name}"))
    return rules


def _flattened(table: Mapping[str, Any], prefix: str, where: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from _flattened(value, f"{prefix}{key}.", where)
        elif isinstance(value, list) and value and all(isinstance(line, str) for line in value):
            yield prefix + key, tuple(value)
        else:
            raise GenreError(f"`{prefix}{key}` is not a list of texts", where=where, hint='Write key = ["...", "..."].')


def _toml(files: Mapping[str, bytes], name: str, folder: str) -> dict[str, Any]:
    where = f"genres/{folder}/{name}"
    if name not in files:
        raise GenreError("is missing", where=where, hint="Every pack needs it; see docs/genres.md.")
    try:
        return tomllib.loads(_text(files[name], where))
    except tomllib.TOMLDecodeError as broken:
        raise GenreError(f"is not TOML: {broken}", where=where, hint="Mend the line that it names.") from broken


def _text(body: bytes, where: str) -> str:
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as bad:
        raise GenreError(f"is not UTF-8: {bad}", where=where, hint="Save it as UTF-8.") from bad


def _record(kind: type[R], fields: Mapping[str, Any], where: str, inside: str = "") -> R:
    try:
        return kind.model_validate(fields)
    except ValidationError as invalid:
        first = invalid.errors(include_url=False)[0]
        path = ".".join([inside] * bool(inside) + [str(part) for part in first["loc"]])
        hint = "See docs/genres.md."
        if inside and first["type"] == "extra_forbidden":
            heading = inside.split(".")[0]
            hint = f"A key below a [[{heading}]] heading belongs to it; put other keys above the first heading."
        raise GenreError(f"`{path}`: {first['msg']}", where=where, hint=hint) from invalid


def _records(kind: type[R], rows: Sequence[Mapping[str, Any]], where: str, inside: str) -> tuple[R, ...]:
    return tuple(_record(kind, row, where, f"{inside}.{row.get('name') or row.get('id') or ''}") for row in rows)


def _as_list(value: object) -> list[object]:
    return list(value) if isinstance(value, list) else [value]


def _digest(files: Mapping[str, bytes]) -> str:
    digest = sha256()
    for name in sorted(files):
        digest.update(f"{len(name)}:{name}:{len(files[name])}:".encode())
        digest.update(files[name])
    return digest.hexdigest()
