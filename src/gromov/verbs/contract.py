"""The contract of instruments, as checks that anyone's tests can call and that every plug-in passes before it runs."""

import dataclasses
import inspect
import json
import keyword
import math
import re
import typing
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from gromov.core import About, Arrays, Comparison, Estimate, GromovError, PluginError, Result, decode, field_meanings
from gromov.core.runs import to_json

# anchors of the report's own sections, which a section of this name would hide
_TAKEN = frozenset({"again", "main", "pairs", "skipped", "theme", "trend", "verdict", "warnings"})


@dataclass(frozen=True, slots=True)
class Instrument:
    """An instrument, ready to run.

    Attributes:
        name: Its name: module, function, command line and JSON key.
        function: The function: data first, the rest keyword-only.
        result: The dataclass it returns.
        accepts: Names of its keyword arguments.
        restore: Makes a stored result of JSON and arrays.
    """

    name: str
    function: Callable[..., Result]
    result: type[Result]
    accepts: frozenset[str]
    restore: Callable[[object, Arrays], Result]


def check_name(name: str) -> None:
    """Whether a name can be a JSON key, a word of `--fail-if` and an anchor of the report at once.

    Raises:
        PluginError: it cannot; the text says why.
    """
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name) or keyword.iskeyword(name):
        raise PluginError(f"the name {name!r} must be lower-case letters, digits and underscores, and no word of Python")
    if name in _TAKEN:
        raise PluginError(f"the name {name!r} is taken by a section of the report")


def check_instrument(function: object, name: str | None = None) -> Instrument:
    """The instrument that a function is, from its signature and its result type; nothing is run.

    Args:
        function: What should be an instrument.
        name: The name it is listed under; None takes the function's own.

    Raises:
        PluginError: it is not one; the text says what was found and what is wanted.
    """
    return _checked(function, name, ("points",))


def check_comparison(function: object, name: str | None = None) -> Instrument:
    """The comparison that a function is: as `check_instrument`, with data `x` and `y` and a result that is a `Comparison`.

    Args:
        function: What should be a comparison.
        name: The name it is listed under; None takes the function's own.

    Raises:
        PluginError: it is not one; the text says what was found and what is wanted.
    """
    found = _checked(function, name, ("x", "y"))
    if not issubclass(found.result, Comparison):
        raise PluginError(f"it returns {found.result.__name__}, which is no subclass of gromov.core.Comparison")
    if found.result.traits().name != found.name:
        raise PluginError(f"the traits of {found.result.__name__} name it {found.result.traits().name!r}, and it is {found.name}")
    return found


def _checked(function: object, name: str | None, data: tuple[str, ...]) -> Instrument:
    if not callable(function) or not inspect.isfunction(inspect.unwrap(function)):
        raise PluginError(f"it is a {type(function).__name__}, and an instrument is a function")
    own = function.__name__
    if name is not None and own != name:
        raise PluginError(f"the function is called {own}, and must have the name it is listed under, {name}")
    check_name(own)
    accepts = _keywords(function, data)
    if not inspect.getdoc(function):
        raise PluginError(f"{own} has no docstring")
    kind = _result_type(function)
    _check_result_type(own, kind)
    return Instrument(own, cast("Callable[..., Result]", function), kind, accepts, lambda tree, arrays: decode(kind, tree, arrays))


def check_result(instrument: Instrument, result: object) -> Result:
    """The result, if a run folder can store it and bring it back, and a report can show it.

    Raises:
        PluginError: it cannot be stored or shown; the text names the part.
    """
    from gromov.report.sections import cards, sections

    name = instrument.name
    if type(result) is not instrument.result:
        raise PluginError(f"{name} returned a {type(result).__name__} and declares a {instrument.result.__name__}")
    assert isinstance(result, Result)
    for path, item in result.rows():
        _check_number(f"{name}.{path}", item)
    arrays: Arrays = {}
    text = to_json(result.to_dict(arrays, prefix=name))
    if objects := [path for path, array in arrays.items() if array.dtype.hasobject]:
        raise PluginError(f"{objects[0]} holds Python objects, and arrays hold numbers or text")
    back = decode(instrument.result, json.loads(text), arrays)
    if to_json(back.to_dict({}, prefix=name)) != text:
        raise PluginError(f"the {instrument.result.__name__} read back from its JSON is another one: look at the types of its fields")
    for shown in (result, back):
        tuple(shown.headline())
        cards({name: shown})
        sections({name: shown})
    for figure in result.figures():
        if not figure.name.startswith(f"{name}-"):
            raise PluginError(f"the figure {figure.name!r} must begin with '{name}-', so that no other has its name")
    return result


def _keywords(function: Callable[..., object], data: tuple[str, ...]) -> frozenset[str]:
    parameters = list(inspect.signature(function).parameters.values())
    for place, (which, wanted) in enumerate(zip(("first", "second"), data, strict=False)):
        here = parameters[place] if place < len(parameters) else None
        if here is None or here.name != wanted or here.kind is not inspect.Parameter.POSITIONAL_OR_KEYWORD:
            found = "is missing" if here is None else f"is {str(here)!r}"
            raise PluginError(f"the {which} parameter {found}, and must be {wanted}: the data")
    for parameter in parameters[len(data) :]:
        if parameter.kind is not inspect.Parameter.KEYWORD_ONLY:
            raise PluginError(f"the parameter {str(parameter)!r} must be keyword-only: write {', '.join(data)}, *, {parameter.name}=…")
        if parameter.default is inspect.Parameter.empty:
            raise PluginError(f"the parameter {parameter.name} has no default, and a run has nothing to give it")
    return frozenset(parameter.name for parameter in parameters)


def _result_type(function: Callable[..., object]) -> type[Result]:
    try:
        kind = typing.get_type_hints(function).get("return")
    except Exception as error:  # an annotation is an expression of the author's, and may raise anything
        raise PluginError(f"its annotations cannot be read: {type(error).__name__}: {error}") from error
    if kind is None:
        raise PluginError("its return type is not annotated: write -> YourResult")
    if not (isinstance(kind, type) and issubclass(kind, Result) and kind is not Result):
        raise PluginError(f"it returns {getattr(kind, '__name__', kind)}, which is no subclass of gromov.core.Result")
    return kind


def _check_result_type(name: str, kind: type[Result]) -> None:
    own = kind.__name__
    if not dataclasses.is_dataclass(kind) or "__slots__" not in vars(kind) or not kind.__dataclass_params__.frozen:  # pyright: ignore[reportAttributeAccessIssue]
        raise PluginError(f"{own} must be a @dataclass(frozen=True, slots=True, eq=False)")
    if own.lower() != name.replace("_", ""):
        raise PluginError(f"the result is called {own}, and must be called {name.title().replace('_', '')}, after {name}")
    fields = [field.name for field in dataclasses.fields(kind)]
    if not fields:
        raise PluginError(f"{own} has no fields")
    if unsaid := [field for field in fields if field not in field_meanings(kind)]:
        raise PluginError(f"the docstring of {own} says nothing of {', '.join(unsaid)}: list every field under Attributes:")
    for method in ("about", "summary"):
        if not any(method in vars(base) for base in kind.__mro__ if base is not Result):
            raise PluginError(f"{own} has no {method}()")
    about = cast(object, kind.about())
    if not isinstance(about, About):
        raise PluginError(f"{own}.about() returns a {type(about).__name__}, and must return an About")
    if not about.question.endswith("?"):
        raise PluginError(f"the question of {own}.about() must end with a question mark; it is {about.question!r}")


def _check_number(path: str, item: object) -> None:
    if isinstance(item, Estimate):
        if math.isnan(item.value) and not item.reason:
            raise PluginError(f"{path} has no value and no reason: write Estimate.missing(why)")
        if not item.reason and not math.isfinite(item.value):
            raise PluginError(f"{path} is infinite: write Estimate.missing(why)")
        if item.stderr is not None and item.stderr < 0:
            raise PluginError(f"{path} has the standard error {item.stderr}, which is negative")


def check_answer(function: object, data: object, **options: object) -> Result:
    """Run a function on data, twice, and check that its answer keeps the contract in every part.

    On top of `check_result`: the data are left as they were; the same seed gives the same bytes, with two workers as with one; every
    estimate says how sure it is; captions and findings are whole sentences.

    Args:
        function: An instrument.
        data: Points, distances, a graph or a representation.
        options: Arguments of the instrument.

    Raises:
        PluginError: the answer breaks the contract; the text says where.
        GromovError: the instrument refused the data.
    """
    from gromov.core import SERIAL, Executor, as_representation
    from gromov.data.contents import digest

    instrument = check_instrument(function)
    representation = as_representation(data)  # pyright: ignore[reportArgumentType]
    before = digest(representation.data)
    arguments = {"seed": 0, "executor": SERIAL, **options} if "executor" in instrument.accepts else {"seed": 0, **options}
    given = {name: value for name, value in arguments.items() if name in instrument.accepts}
    result = check_result(instrument, instrument.function(representation, **given))
    other = {**given, "executor": Executor(2)} if "executor" in given else given
    again = instrument.function(representation, **other)
    if digest(representation.data) != before:
        raise PluginError(f"{instrument.name} changed the data it was given")
    if _bytes(result) != _bytes(again):
        raise PluginError(f"{instrument.name} gives other numbers for the same seed{' and two workers' if other is not given else ''}")
    _check_estimates(instrument.name, result)
    _check_sentences(result)
    return result


def check_refusals(function: object) -> None:
    """Whether an instrument refuses NaN, equal points, fewer than four points and no points with a GromovError.

    Raises:
        PluginError: it answered, or raised something else.
    """
    import numpy as np

    instrument = check_instrument(function)
    bad = {
        "NaN": np.full((10, 2), np.nan),
        "equal points": np.ones((10, 2)),
        "three points": np.arange(6.0).reshape(3, 2),
        "no points": np.empty((0, 2)),
    }
    for what, points in bad.items():
        try:
            instrument.function(points)
        except GromovError:
            continue
        except Exception as error:
            raise PluginError(f"{instrument.name} must refuse {what} with an InputError, and raised {type(error).__name__}") from error
        raise PluginError(f"{instrument.name} must refuse {what} with an InputError, and answered: call as_representation(points) first")


def _bytes(result: Result) -> list[bytes]:
    arrays: Arrays = {}
    text = to_json(result.to_dict(arrays))
    return [text.encode(), *(name.encode() + array.tobytes() for name, array in arrays.items())]


def _check_estimates(name: str, result: Result) -> None:
    for path, item in result.rows():
        if not isinstance(item, Estimate) or math.isnan(item.value):
            continue
        if not item.method or item.n < 1:
            raise PluginError(f"{name}.{path} must say its method and the number n of units behind it")
        if item.stderr is None or item.ci is None:
            raise PluginError(f"{name}.{path} must say its standard error and interval; an exact number is plain, and no Estimate")
        if not item.ci[0] <= item.value <= item.ci[1]:
            raise PluginError(f"{name}.{path} is {item.value:g}, outside its own interval [{item.ci[0]:g}, {item.ci[1]:g}]")


def _check_sentences(result: Result) -> None:
    sentences = {"summary()": result.summary()}
    for figure in result.figures():
        caption = figure.caption
        sentences |= {
            f"the caption of {figure.name}": s for s in (caption.what, caption.how, caption.sure, caption.means) if _unfinished(s)
        }
    for finding in result.findings():
        sentences[f"the finding {finding.question!r}"] = finding.detail
        if not finding.question.endswith("?"):
            raise PluginError(f"the question of a finding must end with a question mark; it is {finding.question!r}")
    for where, sentence in sentences.items():
        if _unfinished(sentence) or "nan" in sentence.split():
            raise PluginError(f"{where} must be whole sentences; it is {sentence!r}")


def _unfinished(sentence: str) -> bool:
    return not sentence.rstrip().endswith(".")
