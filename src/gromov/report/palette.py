"""The colours of every figure, in order: the same in light and dark, on the screen and in a raster."""

PALETTE = (
    "#2f72b9",  # blue
    "#d87810",  # orange
    "#a84078",  # plum
    "#489e82",  # green
    "#786800",  # olive
    "#9f7fe6",  # violet
    "#a86850",  # brown
    "#cf6fb7",  # pink
    "#786890",  # slate
    "#9d8d55",  # sand
)
"""Chosen by search: at least 3:1 against both papers, and as far apart as that allows to colour-blind eyes too."""

REFERENCE = "#7d8590"
"""Nulls, theory, rules, and whatever is drawn without a colour of its own."""

DIVERGING = ("#174a84", "#6fa3d6", "#f2f1ee", "#e8a45c", "#9c4d00")
"""From negative over zero to positive: blue and orange, which every eye tells apart."""

DASHES = ("dash", "dot", "dashdot", "longdash")
"""References have one colour, so their dashes tell them apart."""

SYMBOLS = ("circle", "diamond")
"""The first five colours are drawn as circles, the next five as diamonds: neighbours in hue differ in shape."""

FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"


def colour(index: int) -> str:
    """Colour number `index`, starting over after the last."""
    return PALETTE[index % len(PALETTE)]


def symbol(index: int) -> str:
    """Marker of colour number `index`."""
    return SYMBOLS[index % len(PALETTE) // (len(PALETTE) // len(SYMBOLS))]


def rgb(code: str) -> tuple[int, int, int]:
    """Red, green and blue, 0 … 255, of a colour such as `#2f72b9`."""
    return int(code[1:3], 16), int(code[3:5], 16), int(code[5:7], 16)


def faint(code: str, opacity: float) -> str:
    """The colour with an opacity, in the notation of CSS."""
    return "rgba({},{},{},{})".format(*rgb(code), opacity)
