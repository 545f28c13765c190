"""LaTeX commands that stand for words: quantities (siunitx), citations in a text (natbib), references (cleveref)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

_OPTIONS = r"(?:\[[^\]\n]{0,200}\]){0,2}"
_VALUE = r"\{((?:[^{}\n]|\{[^{}\n]{0,40}\}){0,200})\}"
_QUANTITY = re.compile(rf"\\(?:SI|qty){_OPTIONS}{_VALUE}(?:\[[^\]\n]{{0,20}}\])?{_VALUE}")
_RANGE = re.compile(rf"\\(?:SI|qty)range{_OPTIONS}{_VALUE}{_VALUE}{_VALUE}")
_NUMBER_RANGE = re.compile(rf"\\numrange{_OPTIONS}{_VALUE}{_VALUE}")
_LIST = re.compile(rf"\\(?:SI|qty|num)list{_OPTIONS}{_VALUE}(?:{_VALUE})?")
_NUMBER = re.compile(rf"\\num{_OPTIONS}{_VALUE}")
_UNIT = re.compile(rf"\\(?:si|unit){_OPTIONS}{_VALUE}")
_ANGLE = re.compile(rf"\\ang{_OPTIONS}{_VALUE}")
_PREFIXES_LIST = """kilo:k mega:M giga:G tera:T peta:P exa:E milli:m micro:µ nano:n pico:p femto:f atto:a centi:c
deci:d deca:da deka:da hecto:h kibi:Ki mebi:Mi gibi:Gi tebi:Ti"""
_PREFIXES = dict(pair.split(":") for pair in _PREFIXES_LIST.split())
_UNITS_LIST = """metre:m meter:m gram:g kilogram:kg second:s minute:min hour:h day:d ampere:A kelvin:K mole:mol
candela:cd hertz:Hz newton:N pascal:Pa joule:J watt:W volt:V ohm:Ω coulomb:C farad:F tesla:T weber:Wb henry:H lumen:lm
lux:lx becquerel:Bq gray:Gy sievert:Sv litre:L liter:L percent:% degree:° celsius:°C degreeCelsius:°C electronvolt:eV
tonne:t byte:B decibel:dB bel:B angstrom:Å dalton:Da hectare:ha radian:rad steradian:sr arcminute:′ arcsecond:″
siemens:S katal:kat um:µm us:µs ug:µg ul:µL uL:µL uA:µA uV:µV uW:µW uF:µF ohms:Ω kohm:kΩ"""
_UNITS = dict(pair.split(":") for pair in _UNITS_LIST.split())
_UNIT_PART = re.compile(r"\\([A-Za-z]+)(?:\s*\{(\d+)\})?|\^\{?([-−]?\d+)\}?|([.~\s])|([^\\.~\s^{}]+)")
_JOINED_UNITS = ("%", "°", "′", "″")

_CITATION = re.compile(
    r"\\([cC]itet|[tT]extcite|[cC]iteauthor|citeyear|[cC]itealt)\*?(?:\[[^\]]{0,200}\]){0,2}\{([^{}]{1,500})\}"
)
_BIBITEM = re.compile(
    r"\\bibitem\s*\[((?:[^\[\]{}]|\{(?:[^{}]|\{[^{}]{0,40}\}){0,200}\}){1,300})\]\s*\{([^{}]{1,200})\}"
)
_LABEL = re.compile(r"(?P<names>.{2,120}?)\s*\((?P<year>\d{4}[a-z]?)\)")
_KEY = re.compile(
    r"(?P<names>[A-Za-z][a-z]{2,20})(?:[A-Z]\w{0,20}?)?[:_.-]?(?:etal|EtAl)?[:_.-]?(?P<year>(?:18|19|20)\d\d)"
)

_NAMED_REFERENCE = re.compile(r"\\(cref|Cref|autoref)\*?\{([^{}]{1,300})\}")
_KINDS_LIST = """chapter:chapter section:section subsection:section subsubsection:section figure:figure table:table
equation:equation align:equation gather:equation multline:equation eqnarray:equation longtable:table
algorithm:algorithm theorem:theorem lemma:lemma definition:definition corollary:corollary proposition:proposition
remark:remark example:example listing:listing lstlisting:listing"""
_KINDS = dict(pair.split(":") for pair in _KINDS_LIST.split())


class Label(NamedTuple):
    """What a label stands for: the number, and the environment or kind of heading that has it."""

    number: str
    kind: str


def with_quantities(text: str) -> str:
    """The text with siunitx's numbers, units and quantities as people read them: 10 km, 3 × 10^8 m/s, 5–10 %."""
    if "\\" not in text:
        return text
    text = _QUANTITY.sub(lambda found: _quantity(_number(found[1]), found[2]), text)
    text = _RANGE.sub(lambda found: _quantity(f"{_number(found[1])}–{_number(found[2])}", found[3]), text)
    text = _NUMBER_RANGE.sub(lambda found: f"{_number(found[1])}–{_number(found[2])}", text)
    text = _LIST.sub(lambda found: _quantity(_listed([_number(n) for n in found[1].split(";")]), found[2] or ""), text)
    text = _NUMBER.sub(lambda found: _number(found[1]), text)
    text = _UNIT.sub(lambda found: _escaped(_unit(found[1])), text)
    return _ANGLE.sub(lambda found: _angle(found[1]), text)


def _quantity(number: str, unit: str) -> str:
    sign = _unit(unit)
    space = "" if not sign or (sign.startswith(_JOINED_UNITS) and sign != "°C") else "~"
    return f"{number}{space}{_escaped(sign)}"


def _escaped(sign: str) -> str:
    """A unit as LaTeX has it, for what is made here is converted once more."""
    return sign.replace("%", "\\%")


def _number(value: str) -> str:
    value = re.sub(r"\s|\\,", "", value).replace(",", ".").replace("\\pm", "+-").replace("+-", " ± ")
    value = re.sub(r"(?<=\d)x(?=[\d-])", " × ", value)
    mantissa, mark, exponent = re.sub(r"[eEdD](?=[+-]?\d+$)", "e", value).partition("e")
    if not mark:
        return value
    power = f"10^{exponent.removeprefix('+')}"
    return f"{mantissa} × {power}" if mantissa else power


def _unit(unit: str) -> str:
    """The sign of a unit: "m/s2" of \\metre\\per\\second\\squared."""
    signs, power, separator = "", "", ""
    for part in _UNIT_PART.finditer(unit):
        name, argument, exponent, space, letters = part.groups()
        if space:
            separator = " " if signs else ""
        elif name == "per":
            separator = "/"
        elif name in ("square", "cubic"):
            power = "2" if name == "square" else "3"
        elif name in ("squared", "cubed", "tothe") or exponent:
            signs += {"squared": "2", "cubed": "3"}.get(name or "", f"^{argument or exponent}")
        elif name in _PREFIXES:
            signs, separator = signs + (separator or " " * bool(signs)) + _PREFIXES[name], "\0"
        else:
            sign = letters or _UNITS.get(name, name)
            signs += ("" if separator == "\0" else separator or " " * bool(signs and name)) + sign + power
            separator = power = ""
    return signs.strip()


def _angle(value: str) -> str:
    return "".join(part + sign for part, sign in zip(value.split(";"), "°′″", strict=False) if part.strip())


def _listed(parts: Sequence[str], last: str = "and") -> str:
    return f" {last} ".join(filter(None, (", ".join(parts[:-1]), parts[-1])))


def with_citations(text: str, whole: str) -> str:
    """The text with the names that are part of its sentences: "Smith et al. (2020) show". Names are those of the
    bibliography, or of keys such as smith2020; where there are none, the key is named. whole: the whole source."""
    labels = {key.strip(): label for label, key in _BIBITEM.findall(whole)}

    def cited(found: re.Match[str]) -> str:
        command = found[1].lower()
        return _listed([_cited(command, key.strip(), labels) for key in found[2].split(",")])

    return _CITATION.sub(cited, text)


def _cited(command: str, key: str, labels: Mapping[str, str]) -> str:
    label = re.sub(r"[{}]", "", labels.get(key, "")).replace("~", " ")
    known = _LABEL.match(label) or _KEY.match(key)
    if known is None:
        return f"[{label or key}]".replace("_", "\\_")
    names = known["names"][:1].upper() + known["names"][1:]
    if command == "citeyear":
        return known["year"]
    return names if command == "citeauthor" else f"{names} ({known['year']})"


def with_named_references(text: str, labels: Mapping[str, Label]) -> str:
    """The text with "figure 1" or "sections 2 and 3" for cleveref's and hyperref's references."""

    def named(found: re.Match[str]) -> str:
        known = [labels[key.strip()] for key in found[2].split(",") if key.strip() in labels]
        known = [label for label in known if label.number]
        if not known:
            return ""
        kind = _KINDS.get(known[0].kind.rstrip("*"), "")
        kind += "s" * (len(known) > 1 and bool(kind))
        is_capital = found[1] == "Cref" or (found[1] == "autoref" and kind != "section")
        numbers = _listed([label.number for label in known])
        return f"{kind.capitalize() if is_capital else kind}~{numbers}" if kind else numbers

    return _NAMED_REFERENCE.sub(named, text)
