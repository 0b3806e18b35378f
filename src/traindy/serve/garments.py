"""Garments to draw, by hand for this page: each 300 wide and 400 high, in SVG's path language."""

from dataclasses import dataclass
from itertools import product
from typing import Final


@dataclass(frozen=True)
class Shape:
    """A garment: its outline, filled, and the lines on it."""

    outline: str
    lines: str = ""
    strap: str = ""
    """A thick line behind it, not filled."""


SHAPES: Final = {
    "tee": Shape(
        "M110 96 Q80 106 62 126 L38 190 L82 208 L94 182 L92 318 Q150 326 208 318 L206 182 L218 208 L262 190 "
        "L238 126 Q220 106 190 96 Q150 132 110 96Z",
        "M101 99 Q150 146 199 99 M94 182 Q92 158 98 138 M206 182 Q208 158 202 138 M92 305 Q150 313 208 305 "
        "M43 177 L87 195 M257 177 L213 195",
    ),
    "shirt": Shape(
        "M116 86 Q78 98 64 122 Q46 200 42 292 L78 298 L92 204 L90 326 Q150 334 210 326 L208 204 L222 298 "
        "L258 292 Q254 200 236 122 Q222 98 184 86 L150 104Z",
        "M116 86 L108 112 L140 132 L150 104 L160 132 L192 112 L184 86 M150 108 V329 M43 276 L80 282 "
        "M257 276 L220 282 M166 176 H194 V206 L180 214 L166 206Z "
        "M158 160 h.1 M158 198 h.1 M158 236 h.1 M158 274 h.1 M158 308 h.1",
    ),
    "sweater": Shape(
        "M112 90 Q78 100 62 122 Q44 204 40 300 L80 304 L92 206 L92 320 Q150 327 208 320 L208 206 L220 304 "
        "L260 300 Q256 204 238 122 Q222 100 188 90 Q150 118 112 90Z",
        "M104 93 Q150 134 196 93 M92 300 Q150 307 208 300 M41 282 L81 286 M259 282 L219 286 "
        "M92 206 Q90 168 98 140 M208 206 Q210 168 202 140 "
        "M106 302 V321 M122 304 V323 M138 305 V324 M154 305 V324 M170 304 V323 M186 303 V322",
    ),
    "jacket": Shape(
        "M114 82 Q76 94 62 120 Q42 206 38 306 L82 312 L92 210 L88 342 Q150 350 212 342 L208 210 L218 312 "
        "L262 306 Q258 206 238 120 Q224 94 186 82 Q150 96 114 82Z",
        "M114 82 L104 130 L118 140 L108 150 L148 222 M186 82 L196 130 L182 140 L192 150 L152 222 "
        "M150 222 V346 M104 270 L136 264 M196 270 L164 264 M39 290 L83 296 M261 290 L217 296 "
        "M158 246 h.1 M158 282 h.1 M114 82 Q150 130 150 216 Q150 130 186 82",
    ),
    "dress": Shape(
        "M120 60 L108 110 Q128 146 118 184 Q94 262 66 346 Q150 370 234 346 Q206 262 182 184 Q172 146 192 110 "
        "L180 60 L170 60 Q172 104 150 106 Q128 104 130 60Z",
        "M118 184 Q150 194 182 184 M132 192 Q122 280 110 354 M168 192 Q178 280 190 354 M150 194 V358",
    ),
    "skirt": Shape(
        "M110 96 H190 Q206 200 232 314 Q150 336 68 314 Q94 200 110 96Z",
        "M108 118 Q150 124 192 118 M130 122 Q122 230 104 321 M150 123 V325 M170 122 Q178 230 196 321",
    ),
    "trousers": Shape(
        "M98 62 H202 Q212 130 226 352 L170 356 L152 178 H148 L130 356 L74 352 Q88 130 98 62Z",
        "M96 80 H204 M150 80 V178 M100 86 Q102 112 90 122 M200 86 Q198 112 210 122 M150 128 Q164 124 164 82 "
        "M75 340 L131 344 M225 340 L169 344",
    ),
    "shorts": Shape(
        "M96 108 H204 Q214 160 232 262 L164 272 L152 206 H148 L136 272 L68 262 Q86 160 96 108Z",
        "M93 128 H207 M150 128 V206 M98 134 Q98 158 86 168 M202 134 Q202 158 214 168 "
        "M150 172 Q163 166 164 130 M70 249 L138 259 M230 249 L162 259",
    ),
    "bra": Shape(
        "M66 202 Q70 158 106 142 Q142 158 148 206 H152 Q158 158 194 142 Q230 158 234 202 L262 212 L260 238 "
        "Q206 246 152 236 H148 Q94 246 40 238 L38 212Z",
        "M66 202 Q98 238 148 208 M234 202 Q202 238 152 208 M148 206 V236 M152 206 V236",
        "M106 144 L92 84 M194 144 L208 84",
    ),
    "briefs": Shape(
        "M62 146 Q150 158 238 146 L234 196 Q182 206 166 268 H134 Q118 206 66 196Z",
        "M63 162 Q150 174 237 162 M66 184 Q124 196 142 268 M234 184 Q176 196 158 268",
    ),
    "swimsuit": Shape(
        "M112 70 L104 128 Q128 178 112 228 Q104 252 94 266 Q132 284 140 338 H160 Q168 284 206 266 "
        "Q196 252 188 228 Q172 178 196 128 L188 70 H176 Q176 134 150 140 Q124 134 124 70Z",
        "M104 134 Q126 160 150 158 Q174 160 196 134 M94 258 Q136 274 146 338 M206 258 Q164 274 154 338",
    ),
    "pyjama": Shape(
        "M114 58 Q88 66 74 84 L56 138 L90 150 L98 132 V214 H202 V132 L210 150 L244 138 L226 84 "
        "Q212 66 186 58 L150 84Z M104 226 H196 L210 358 L164 361 L152 276 H148 L136 361 L90 358Z",
        "M114 58 L128 92 L150 84 L172 92 L186 58 M150 86 V214 M158 112 h.1 M158 142 h.1 M158 172 h.1 "
        "M158 200 h.1 M104 240 H196 M150 240 V276 M60 126 L94 138 M240 126 L206 138 M91 346 L137 349 "
        "M209 346 L163 349 M112 150 H136 V176 H112Z",
    ),
    "shoe": Shape(
        "M46 198 Q62 210 92 192 Q106 184 116 190 Q150 232 206 238 Q256 244 258 276 L258 288 "
        "Q256 296 246 296 H54 Q44 296 44 286 Q40 240 46 198Z",
        "M43 272 Q150 280 258 272 M122 198 L104 218 M138 213 L120 232 M156 225 L140 243 "
        "M46 214 Q70 222 84 214 M206 238 Q196 256 206 275",
    ),
    "sock": Shape(
        "M108 64 H172 L174 206 Q176 232 208 262 Q238 292 206 316 Q178 334 146 308 L118 280 Q98 258 104 214Z",
        "M107 92 H173 M104 222 Q134 228 128 290 M224 284 Q194 286 182 326 "
        "M120 66 V90 M133 66 V90 M146 66 V90 M159 66 V90",
    ),
    "bag": Shape(
        "M70 168 H230 Q242 168 243 180 L254 310 Q254 322 242 322 H58 Q46 322 46 310 L57 180 Q58 168 70 168Z",
        "M56 196 Q150 262 244 196 M138 226 H162 V250 H138Z M62 308 H238",
        "M104 170 V140 Q104 92 150 92 Q196 92 196 140 V170",
    ),
    "hat": Shape(
        "M40 254 Q84 236 96 212 Q100 142 150 140 Q200 142 204 212 Q216 236 260 254 Q270 282 150 284 "
        "Q30 282 40 254Z",
        "M96 212 Q150 236 204 212 M93 224 Q150 250 207 224 M130 144 Q150 156 170 144",
    ),
    "scarf": Shape(
        "M92 104 Q150 146 208 104 Q230 130 214 154 Q190 180 172 186 L192 338 L136 346 L128 186 "
        "Q98 176 84 152 Q74 128 92 104Z",
        "M86 152 Q140 186 214 150 M104 116 Q150 152 198 116 M148 330 L150 344 M162 328 L164 342 "
        "M176 326 L178 340 M136 318 L189 311",
    ),
    "jewellery": Shape(
        "M150 262 L176 292 L150 330 L124 292Z", "M124 292 H176 M150 262 L140 292 L150 330 L160 292Z",
        "M92 86 Q92 236 150 258 Q208 236 208 86",
    ),
    "glasses": Shape(
        "M44 178 Q90 160 138 182 Q142 240 92 244 Q48 240 44 178Z M256 178 Q210 160 162 182 "
        "Q158 240 208 244 Q252 240 256 178Z",
        "M62 188 L92 232 M180 188 L210 232",
        "M138 188 Q150 178 162 188 M44 180 L34 174 M256 180 L266 174",
    ),
    "belt": Shape(
        "M34 184 H226 V216 H34 Q26 200 34 184Z M226 190 H262 Q270 200 262 210 H226Z",
        "M206 176 H238 V224 H206Z M222 200 H246 M60 200 h.1 M84 200 h.1 M108 200 h.1",
    ),
    "folded": Shape(
        "M84 140 Q150 118 216 140 Q234 144 236 168 L242 282 Q150 302 58 282 L64 168 Q66 144 84 140Z",
        "M116 132 Q150 172 184 132 M64 172 Q100 176 106 290 M236 172 Q200 176 194 290 "
        "M60 258 Q150 278 240 258",
    ),
}  # fmt: skip
"""`folded`, cloth, is for what has no drawing of its own."""
WORDS: Final = {
    "swimwear top": "bra", "night gown": "dress", "pyjama": "pyjama", "swimsuit": "swimsuit",
    "bodysuit": "swimsuit", "bikini": "bra", "bra": "bra",
    "bottom": "briefs", "brief": "briefs", "underwear": "briefs", "swimwear": "briefs", "t-shirt": "tee",
    "top": "tee", "vest": "tee", "polo": "tee", "tank": "tee", "shirt": "shirt", "blouse": "shirt",
    "sweater": "sweater", "hoodie": "sweater", "cardigan": "sweater", "jacket": "jacket", "coat": "jacket",
    "blazer": "jacket", "outdoor": "jacket", "dress": "dress", "jumpsuit": "dress", "skirt": "skirt",
    "shorts": "shorts", "trousers": "trousers", "jeans": "trousers", "leggings": "trousers", "shoe": "shoe",
    "shoes": "shoe", "sneakers": "shoe", "boots": "shoe", "sandals": "shoe", "pumps": "shoe", "flats": "shoe",
    "sock": "sock", "socks": "sock", "tights": "sock", "bag": "bag", "backpack": "bag", "hat": "hat",
    "cap": "hat", "beanie": "hat", "scarf": "scarf", "necklace": "jewellery", "earring": "jewellery",
    "bracelet": "jewellery", "ring": "jewellery", "jewellery": "jewellery", "sunglasses": "glasses",
    "belt": "belt", "upper": "tee", "lower": "trousers", "full": "dress", "nightwear": "pyjama",
}  # fmt: skip
"""By words of an article's type or group, the first of them that says something."""
STRIPES: Final = " ".join(f"M0 {y} H300" for y in range(12, 400, 24))
CHECKS: Final = STRIPES + " " + " ".join(f"M{x} 0 V400" for x in range(6, 300, 24))
DOTS: Final = " ".join(
    f"M{x + 14 * (y // 28 % 2)} {y} h.1" for x, y in product(range(8, 300, 28), range(8, 400, 28))
)
PATTERNS: Final = {
    "stripe": (STRIPES, 8), "check": (CHECKS, 5), "dot": (DOTS, 8), "pattern": (DOTS, 12),
    "print": ("M150 176 l11 23 25 3 -18 18 4 25 -22 -12 -22 12 4 -25 -18 -18 25 -3Z", 6),
}  # fmt: skip
"""By a word of the appearance, lines that are drawn across and how thick they are."""
