"""Ids, days, values and shapes of a shop that nobody hoped for."""

from datetime import datetime

from sound import (
    ANN,
    BOB,
    CYD,
    DROP,
    FIRST,
    HEADER,
    OTHERS,
    PEOPLE,
    ROWS,
    SOUND,
    THINGS,
    A,
    C,
    Case,
    T,
    as_parquet,
    bought,
    columns_of_rows,
    parquet,
    people,
    purchases,
    renamed,
    text,
)

UNKNOWN = "is not in articles.csv (1 row); add it there, or leave such rows out with split.on_unknown=drop"
ODD = {
    "emoji": "👗🛒",
    "SQL": "'); drop table customers; --",
    "a path": "../../etc/passwd",
    "markup": "<b>",
    "NULL": "NULL",
    "None": "None",
    "nan": "nan",
    "a quote": '""',
    "a percent sign": "%s{0}",
    "bidirectional": "\u202ecba",
    "100,000 characters": "x" * 100_000,
}

IDS = [
    Case(
        "purchases lost the leading zero",
        renamed(FIRST, FIRST[1:]) | {A: SOUND[A]},
        (
            T,
            f"column article_id, line 2: '{FIRST[1:]}' is not in articles.csv (10 rows)",
            f"leading zeroes that {T} lost",
            "as text, with its zeroes (H&M's ids have 10 digits)",
        ),
    ),
    Case(
        "articles lost the leading zero",
        {A: SOUND[A].replace(b"\n01", b"\n1")},
        (T, "column article_id, line 2", f"leading zeroes that {A} lost", "as text, with its zeroes"),
    ),
    Case(
        "article ids as numbers in a Parquet",
        as_parquet(parquet(**columns_of_rows(article_id=[int(row[-10:]) for row in ROWS]))),
        ("transactions_train.parquet: column article_id, row 1: '100000001' is", "parquet lost"),
    ),
    Case(
        "article ids as decimals",
        renamed(f",{FIRST}", f",{FIRST}.0") | {A: SOUND[A]},
        (T, f"line 2: '{FIRST}.0' is not in articles.csv (10 rows)", "written as decimals", "as text"),
    ),
    Case(
        "an unknown article",
        purchases("0999999999"),
        (T, "column article_id, line 32: '0999999999'", UNKNOWN),
    ),
    Case(
        "an unknown article, dropped",
        purchases("0999999999"),
        options=DROP,
        counts={"split.rows.read": 31, "split.rows.dropped.unknown_article": 1},
        same=True,
    ),
    Case(
        "an unknown customer",
        purchases(customer="d" * 16),
        (T, "column customer_id, line 32: 'dddddddd…' is not in customers.csv (1 row)", "on_unknown=drop"),
    ),
    Case(
        "an unknown customer, dropped",
        purchases(customer="d" * 16),
        options=DROP,
        counts={"split.rows.read": 31, "split.rows.dropped.unknown_customer": 1},
        same=True,
    ),
    Case("nobody is known", {C: text(PEOPLE[0], "dora,,")}, (T, "line 2", "(30 rows)"), options=DROP),
    Case(
        "a purchase without customer",
        purchases(customer=""),
        (T, "column customer_id, line 32: empty (1 row)"),
        options=DROP,
    ),
    Case("a purchase without article", purchases(""), (T, "column article_id, line 32: empty (1 row)")),
    Case("a space before an id", purchases(" " + FIRST), (T, f"line 32: ' {FIRST}' is not in")),
    Case("a customer without id", people(",ACTIVE,30"), (C, "column customer_id, line 5: empty (1 row)")),
    Case(
        "a customer twice",
        people(f"{ANN},,"),
        (C, "column customer_id, line 5: 'aaaaaaaa…' stands there a second time", "keep one row of each"),
    ),
    Case(
        "an article twice",
        {A: text(*THINGS, f"{FIRST},Other")},
        (A, f"column article_id, line 6: '{FIRST}' stands there a second time (1 row too many)"),
    ),
    Case("ids that differ by case", people(f"{ANN.upper()},,"), counts={"split.customers.total": 4}),
    Case(
        "ids that look alike",
        purchases(customer="e\u0301") | people("\u00e9,,"),
        (T, "column customer_id, line 32"),
    ),
    *(
        Case(
            f"ids with {name}",
            renamed(ANN, f'"{odd}"')
            | {
                A: renamed(FIRST, f'"{odd}"')[A],
                T: SOUND[T]
                .replace(ANN.encode(), f'"{odd}"'.encode())
                .replace(FIRST.encode(), f'"{odd}"'.encode()),
            },
        )
        for name, odd in ODD.items()
    ),
    Case("an id over two lines", renamed(ANN, '"a\nnn"')),
    Case("a long unknown article", purchases("9" * 5000), (T, f"'{'9' * 40}…' is not in")),
]

NO_DATE = "is not a date (1 row); write dates as YYYY-MM-DD"
FAR_OFF = "is no day of a purchase (1 row): outside 1900-01-01 to 2199-12-31"
DATES = [
    *(
        Case(f"a date as {day or 'nothing'}", purchases(day=day), (T, "column t_dat, line 32", NO_DATE))
        for day in (
            "05.01.2020",
            "01/05/2020",
            "2020/01/05",
            "20200105",
            "2020-1-5",
            "5 Jan 2020",
            "43835",
            "1578182400",
            "2020-01-05 00:00:00",
            "2020-01-05T00:00:00Z",
            "2020-02-30",
            "today",
            "NULL",
            "",
        )
    ),
    *(
        Case(f"the day {day}", purchases(day=day), (T, f"column t_dat, line 32: '{day}' {FAR_OFF}"))
        for day in ("0001-01-01", "1899-12-31", "2200-01-01", "9999-12-31")
    ),
    Case(
        "the year 10000", purchases(day="10000-01-01"), (T, "column t_dat, line 32: '10000-01-01'", NO_DATE)
    ),
    Case(
        "1900 and 2199",
        bought(f"1900-01-01,{ANN},{FIRST}", f"2199-12-31,{ANN},{FIRST}"),
        counts={"split.rows.read": 32},
    ),
    Case(
        "the year 9999 in a Parquet",
        as_parquet(parquet(**columns_of_rows(t_dat=[datetime(9999, 12, 31)] * 30))),
        ("transactions_train.parquet: column t_dat, row 1: '9999-12-31", "outside 1900-01-01"),
    ),
    Case(
        "all on one day",
        {T: text(HEADER, *(f"2020-01-01{row[10:]}" for row in ROWS))},
        ("split.by=fraction split.test_fraction=0.3: no rows for test", "30 on 2020-01-01"),
    ),
    Case(
        "a fold that is none",
        {T: text(HEADER + ",fold", *(f"{row},Test" for row in ROWS))},
        (T, "column fold, line 2: 'Test' is no fold (30 rows); allowed are train"),
        options=("split.by=given",),
    ),
]


def aged(age: str) -> dict[str, bytes]:
    """Two more customers of this age."""
    return people(f"dora,ACTIVE,{age}", f"emil,ACTIVE,{age}")


VALUES = [
    *(
        Case(
            f"ages of {age}",
            aged(age),
            counts={"split.customers.total": 5, "cluster.out_of_range": {"age": 2}},
        )
        for age in ("-1", "200", "1e999", "-inf")
    ),
    *(
        Case(
            f"ages of {age}",
            aged(age),
            counts={"split.customers.total": 5, "cluster.out_of_range": {"age": 0}},
        )
        for age in ("0", "99.5", "120", " 30", "")
    ),
    *(
        Case(
            f"an age of {age}",
            aged(age),
            ("data/split/customers.parquet: age is", repr(age), "not a number; mend it", "cluster.bands.age"),
        )
        for age in ("young", "NaN", "0x1F")
    ),
    Case(
        "everybody alike",
        {C: text(PEOPLE[0], *(f"{who},ACTIVE,25" for who in (ANN, BOB, CYD)))},
        counts={"cluster.profiles": 1, "cluster.clusters": 1, "cluster.sizes": {"0": 3}},
    ),
    Case(
        "nothing known of anybody",
        {C: text(PEOPLE[0], *(f"{who},," for who in (ANN, BOB, CYD)))},
        counts={"cluster.profiles": 1, "cluster.sizes": {"0": 3}},
    ),
    Case(
        "NONE, None and nothing are three levels",
        {C: text(PEOPLE[0], f"{ANN},NONE,", f"{BOB},None,", f"{CYD},,")},
        counts={"cluster.profiles": 3},
    ),
    Case(
        "a column of the pipeline's own name",
        {},
        ("cluster.attributes=['Group']: Group cannot be used",),
        options=("cluster.attributes=[Group]",),
    ),
]

ONE = [f"2020-01-{day:02d},{ANN},{FIRST}" for day in range(1, 11)]
SHAPES = [
    Case(
        "a single customer",
        {T: text(HEADER, *ONE), C: text(*PEOPLE[:2])},
        counts={"split.rows.read": 10, "split.customers.warm": 1, "build_uph.train.entries": 1},
    ),
    Case(
        "a single article",
        {T: text(HEADER, *(row[:-10] + FIRST for row in ROWS)), A: text(*THINGS[:2])},
        counts={"split.articles.total": 1, "build_uph.articles": 1, "build_uph.train.density": 1.0},
    ),
    Case(
        "one purchase", {T: text(HEADER, ROWS[0])}, ("split.by=fraction", "no rows for test; the 1 rows run")
    ),
    Case(
        "a customer with every article",
        bought(*(f"2020-01-01,{ANN},{article}" for article in (FIRST, *OTHERS))),
        counts={"split.rows.read": 34},
    ),
    Case(
        "a row that is repeated",
        bought(*[ROWS[0]] * 5),
        counts={"split.rows.read": 35, "build_uph.train.entries": 4},
    ),
    Case(
        "customers who never buy",
        people(*(f"{i}," + "," for i in range(50))),
        counts={"split.customers.cold": 50, "build_uph.customers": 53},
    ),
    Case(
        "articles that never sell",
        {A: text(*THINGS, *(f"{i},x" for i in range(50)))},
        counts={"split.articles.later": 50, "build_uph.articles": 54},
    ),
    Case(
        "an article first sold in the test",
        purchases("77", "2020-01-10") | {A: text(*THINGS, "77,Hat")},
        counts={"split.unreachable": {"test_rows": 1, "articles": 1}},
    ),
]
