"""Templates run in a sandbox, and say where they fail."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sdf.errors import GenreError
from sdf.genres.pack import Catalogue, Genre
from sdf.run.setup import Setup
from sdf.write.render import Templates

Make = Callable[..., Setup]


def with_template(catalogue: Catalogue, text: str) -> Genre:
    essay = catalogue.genre("essay")
    return essay.model_copy(update={"templates": {**essay.templates, "bad.j2": text}})


@pytest.mark.parametrize(
    "payload",
    [
        "{{ ''.__class__ }}",
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{{ setting|attr('__class__') }}",
        "{{ [].__init__.__globals__ }}",
        "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
        "{{ lipsum.__globals__ }}",
        "{{ '{0.__class__}'.format(setting) }}",
        "{{ self.__dict__ }}",
        "{% for x in ().__class__.__base__.__subclasses__() %}{{ x }}{% endfor %}",
        "{{ [1,2]|random }}",
        "{{ range(100000000) }}",
        "{% include '../../../etc/passwd' %}",
        "{% set _ = setting.update({'a': 1}) %}",
    ],
)
def test_nothing_is_reached_and_nothing_is_silently_blank(catalogue: Catalogue, payload: str) -> None:
    templates = Templates(with_template(catalogue, payload))
    with pytest.raises(GenreError, match="genres/essay/") as refused:
        templates.render("bad.j2", {"setting": {"id": "x"}})
    assert "genres/essay/bad.j2" in str(refused.value)


def test_an_unknown_variable_is_named_with_its_line(catalogue: Catalogue) -> None:
    templates = Templates(with_template(catalogue, "fine\nfine\n{{ principel.title }}\n"))
    with pytest.raises(GenreError, match="'principel' is undefined") as refused:
        templates.render("bad.j2", {})
    assert refused.value.where == "genres/essay/bad.j2:3"


def test_a_syntax_error_is_named_with_its_line(catalogue: Catalogue) -> None:
    templates = Templates(with_template(catalogue, "one\n{% if %}\n"))
    with pytest.raises(GenreError, match="template syntax") as refused:
        templates.render("bad.j2", {})
    assert refused.value.where == "genres/essay/bad.j2:2"


def test_what_a_constitution_says_is_never_a_template(make_setup: Make) -> None:
    setup = make_setup("essay")
    hostile = "{{ 7 * 7 }} {% for x in y %} {# gone #}"
    brief = setup.plan.brief(0)
    premise = {"line": hostile, "description": hostile}
    stage = setup.catalogue.genre("essay").stages[1]
    prompt = setup.requests.request(brief, stage, {"premise": premise}).blocks[-1].text
    assert prompt.count(hostile) == 2


def test_prompts_are_equal_up_to_the_task_and_differ_after_it(make_setup: Make) -> None:
    setup = make_setup("essay")
    stage = setup.catalogue.genre("essay").stages[0]
    one, two = (setup.requests.request(setup.plan.brief(i), stage, {}) for i in (0, 1))
    assert [b.text for b in one.blocks[:2]] == [b.text for b in two.blocks[:2]]
    assert [b.cache for b in one.blocks] == [True, True, False]
    assert one.blocks[2].text != two.blocks[2].text
    assert one.id != two.id


def test_the_writer_sees_the_section_and_the_editor_the_whole(make_setup: Make) -> None:
    setup = make_setup("essay")
    brief = setup.plan.brief(0)
    premise, draft, rewrite, judge = setup.catalogue.genre("essay").stages
    earlier = {"premise": {"line": "a", "description": "b"}, "draft": "c", "document": "d"}
    other = next(
        p for p in setup.teachable if p.id not in brief.cell.principle_ids and p.id not in setup.teachable[0].id
    )
    marker = other.bank.reasons[0][:60]
    texts = {
        s.name: "\n".join(b.text for b in setup.requests.request(brief, s, earlier).blocks)
        for s in (premise, draft, rewrite, judge)
    }
    assert marker not in texts["draft"]
    assert marker in texts["rewrite"]
    assert marker in texts["judge"]
    own = next(p for p in setup.teachable if p.id == brief.cell.principle_ids[0])
    assert all(own.text.strip()[:80] in text for text in texts.values())


def test_no_prompt_shows_a_placeholder(make_setup: Make) -> None:
    setup = make_setup()
    earlier = {"premise": {"line": "a", "description": "b"}, "draft": "c", "document": "d"}
    for index in range(60):
        brief = setup.plan.brief(index)
        for stage in setup.catalogue.genre(brief.cell.genre).stages:
            for block in setup.requests.request(brief, stage, earlier).blocks:
                assert "{model_name}" not in block.text
                assert "{developer}" not in block.text
                assert "{{" not in block.text
                assert "None" not in block.text.split()


def test_what_templates_use_every_day_goes_through_the_sandbox(catalogue: Catalogue) -> None:
    text = (
        "{% set ns = namespace(n=1) %}{% for word in words %}{% set ns.n = ns.n + loop.index %}"
        "{{ 'new ' if loop.changed(word) }}{{ word }} {% endfor %}{{ ns.n }} {{ 'a b'.split()|length }}"
    )
    templates = Templates(with_template(catalogue, text))
    assert templates.render("bad.j2", {"words": ["x", "x", "y"]}) == "new x x new y 7 2"
    with pytest.raises(GenreError, match="no attribute"):
        Templates(with_template(catalogue, "{% set ns = namespace() %}{{ ns.gone }}")).render("bad.j2", {})
