"""H&M's published statistics: what the shop is drawn from, and what it is held against."""

from typing import Final

AGE_BANDS: Final = {
    (16, 19): 5.3, (20, 24): 21.2, (25, 29): 17.7, (30, 34): 11.3, (35, 39): 6.1, (40, 44): 6.2,
    (45, 49): 8.4, (50, 54): 10.3, (55, 59): 6.8, (60, 64): 3.5, (65, 69): 1.9, (70, 99): 1.3,
}  # fmt: skip
"""Per cent of the customers whose age is known."""
AGE_MISSING: Final = 0.0116
CLUB: Final = {"ACTIVE": 0.9275, "PRE-CREATE": 0.0678, "": 0.0044, "LEFT CLUB": 0.0003}
METADATA: Final = {
    "fn_missing": 0.6524, "active_missing": 0.6615, "news_none": 0.6397, "news_regularly": 0.3480,
    "club_active": 0.9275, "club_pre_create": 0.0678, "age_mean": 36.4, "age_missing": AGE_MISSING,
}  # fmt: skip
DEFAULT_POSTAL_CODE: Final = 0.085
CUSTOMERS_A_POSTAL_CODE: Final = 1_371_980 * 0.915 / 352_899
NEVER_BUY: Final = 9_699 / 1_371_980
NEVER_SELL: Final = 995 / 105_542
DESCRIPTION_MISSING: Final = 416 / 105_542
DUPLICATE_ROWS: Final = 0.0936
REPEATED_LATER: Final = 0.038
ONLINE: Final = 0.71
WEEKDAYS: Final = (13.4, 12.3, 15.5, 15.5, 14.8, 15.1, 13.6)
"""Per cent of rows, Monday first."""
INDEX_GROUPS: Final = {
    "Ladieswear": 64.6, "Divided": 22.2, "Menswear": 5.5, "Baby/Children": 3.9, "Sport": 3.8,
}  # fmt: skip
"""Per cent of rows."""
PRICE_QUANTILES: Final = {0.05: 0.0076, 0.25: 0.0159, 0.50: 0.0254, 0.75: 0.0339, 0.95: 0.0593, 0.99: 0.0925}
ROWS_A_CUSTOMER: Final = {0.10: 2, 0.25: 3, 0.50: 9, 0.75: 26, 0.90: 61, 0.95: 87, 0.99: 195}
MEAN_ROWS: Final = 23.3
ONE_ROW: Final = 0.092
TOP_TENTH: Final = 0.486
MEAN_DAYS: Final = 6.45
MEDIAN_DAYS: Final = 3
ONE_DAY: Final = 0.33
MEAN_BASKET: Final = 3.60
MEDIAN_BASKET: Final = 2
GAPS: Final = {0.25: 7, 0.50: 22, 0.75: 57, 0.90: 125}
ROWS_BY_FN: Final = {"1.0": 29.3, "": 20.2}
ROWS_BY_CLUB: Final = {"ACTIVE": 24.6, "PRE-CREATE": 6.6}
ROWS_BY_AGE: Final = {
    (16, 24): 20.1,
    (25, 34): 28.8,
    (35, 44): 18.2,
    (45, 54): 24.0,
    (55, 64): 23.6,
    (65, 99): 8.4,
}
ARTICLES_A_PRODUCT: Final = 105_542 / 47_224
SALES_AN_ARTICLE: Final = {
    "mean": 304.0,
    "sd": 783.0,
    "p25": 14.0,
    "median": 65.0,
    "p75": 287.0,
    "max": 50_287.0,
}
WEEK: Final = {
    "articles_sold_share": 17_986 / 105_542, "gini_sold": 0.743, "gini_catalogue": 0.956,
    "top_100_articles_share": 0.134, "top_1000_articles_share": 0.502, "mean_rows_a_customer": 3.48,
    "median_rows_a_customer": 2.0, "p90_rows_a_customer": 7.0, "p99_rows_a_customer": 17.0,
}  # fmt: skip
