"""Characters of the fonts Symbol and Wingdings, which Word names by their place in the font, in Unicode."""

from __future__ import annotations

_SMALL = "αβχδεφγηιϕκλμνοπθρστυϖωξψζ"  # at the places of a to z
_LARGE = "ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ"
_SYMBOLS = {
    0xA3: "≤", 0xA5: "∞", 0xAC: "←", 0xAD: "↑", 0xAE: "→", 0xAF: "↓", 0xB0: "°", 0xB1: "±", 0xB3: "≥", 0xB4: "×",
    0xB6: "∂", 0xB7: "•", 0xB8: "÷", 0xB9: "≠", 0xBA: "≡", 0xBB: "≈", 0xBC: "…", 0xC6: "∅", 0xC7: "∩", 0xC8: "∪",
    0xCE: "∈", 0xD2: "®", 0xD3: "©", 0xD4: "™", 0xD5: "∏", 0xD6: "√", 0xE5: "∑", 0xF2: "∫",
}  # fmt: skip


def symbol(font: str, code: str) -> str:
    """A character, by its font and its hexadecimal code; a space for a picture such as Wingdings has."""
    try:
        number = int(code, 16)
    except ValueError:
        return ""
    is_private = 0xF000 <= number <= 0xF0FF
    place = number - 0xF000 if is_private else number
    if font.lower().startswith("symbol"):
        if ord("a") <= place <= ord("z"):
            return _SMALL[place - ord("a")]
        if ord("A") <= place <= ord("Z"):
            return _LARGE[place - ord("A")]
        return _SYMBOLS.get(place) or (chr(place) if 0x20 <= place < 0x7F else " ")
    if is_private or "dings" in font.lower() or not 0x20 <= number < 0xD800:
        return " "
    return chr(number)
