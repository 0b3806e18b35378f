"""Files that are not what they should be, whatever stands in them."""

import gzip

import pyarrow as pa
from sound import (
    ANN,
    BROKEN,
    FIRST,
    HALF,
    HEADER,
    LATE,
    PEOPLE,
    ROWS,
    SOUND,
    THINGS,
    UTF8,
    A,
    C,
    Case,
    T,
    as_parquet,
    bought,
    columns_of_rows,
    parquet,
    purchases,
    text,
    zipped,
)

FORM = [
    Case("byte-order mark", {T: text(HEADER, *ROWS, encoding="utf-8-sig")}, same=True),
    Case("CRLF", {T: text(HEADER, *ROWS, end="\r\n"), C: text(*PEOPLE, end="\r\n")}, same=True),
    Case("CR", {T: text(HEADER, *ROWS, end="\r")}, same=True),
    Case("line ends of two kinds", {T: text(HEADER, ROWS[0] + "\r", *ROWS[1:])}, (T, "line ends of more")),
    Case("no line end at the end", {T: SOUND[T].rstrip()}, same=True),
    Case("blank lines", {T: text(HEADER, *ROWS[:9], "", "", *ROWS[9:], "")}, same=True),
    Case(
        "Windows-1252 in a value", {C: text(*PEOPLE, "zoë,ACTIVE,30", encoding="cp1252")}, (C, "line 5", UTF8)
    ),
    Case(
        "Windows-1252 in the header", {C: text("customer_id,größe", encoding="cp1252")}, (C, "line 1", UTF8)
    ),
    Case("UTF-16", {A: text(*THINGS, encoding="utf-16")}, (A, "line 1", UTF8)),
    Case("a gzip without its suffix", {T: gzip.compress(SOUND[T])}, (T, "line 1", "gzip", f"{T}.gz")),
    Case("a Parquet without its suffix", {T: parquet(**columns_of_rows())}, (T, "line 1", "Parquet")),
    Case("NUL bytes", {T: bytes(4096)}, (T, "line 1", "zero bytes", BROKEN)),
    Case(
        "zero bytes at the end", {T: SOUND[T] + bytes(4096)}, (T, "line 32", "1 column", "the header has 3")
    ),
    Case("gzip", zipped(gzip.compress(SOUND[T])), same=True),
    Case(
        "two gzips, one after the other",
        zipped(gzip.compress(text(HEADER, *ROWS[:9])) + gzip.compress(text(*ROWS[9:]))),
        same=True,
    ),
    Case("a truncated gzip", zipped(HALF[: len(HALF) // 2]), (f"{T}.gz", "broken or incomplete", BROKEN)),
    Case("a gzip without its last bytes", zipped(HALF[:-5]), (f"{T}.gz", "broken or incomplete", BROKEN)),
    Case("a gzip with a changed byte", zipped(HALF[:900] + b"\0\0\0" + HALF[903:]), (f"{T}.gz", "broken")),
    Case("an empty gzip", zipped(b""), (f"{T}.gz", "line 1: empty")),
    Case("plain text called gzip", zipped(SOUND[T]), (f"{T}.gz", "broken or incomplete", BROKEN)),
    Case("an empty file", {A: b""}, (A, "line 1: empty, expected the names of the columns")),
    Case("transactions: a header only", {T: text(HEADER)}, (T, "no rows; a header alone is not enough")),
    Case("customers: a header only", {C: text(PEOPLE[0])}, (C, "no rows; a header alone is not enough")),
    Case("articles: a header only", {A: text(THINGS[0])}, (A, "no rows; a header alone is not enough")),
    Case(
        "no customers at all", {C: None}, ("raw: holds none of customers.csv", "put the shop's files there")
    ),
    Case("both forms", {f"{T}.gz": b""}, (f"raw: holds {T} and {T}.gz; keep the one that is meant",)),
    Case("semicolons", {T: SOUND[T].replace(b",", b";")}, (T, "no column customer_id", "it has t_dat;cust")),
    Case(
        "tabs", {T: SOUND[T].replace(b",", b"\t")}, (T, "no column customer_id", "data.columns.customer_id")
    ),
    Case(
        "no header",
        {T: text(*ROWS)},
        (T, "line 1 has none of the columns", "a header"),
    ),
    Case(
        "a comment before the header",
        {T: text("# export", HEADER, *ROWS)},
        (T, "line 1 has none of the columns"),
    ),
    Case("a space in the header", {T: text(HEADER.replace(",", ", "), *ROWS)}, (T, "no column customer_id")),
    Case(
        "duplicate headers",
        {T: text(HEADER + ",t_dat")},
        (T, "line 1: 2 columns are named 't_dat'", "rename"),
    ),
    Case("two columns without a name", {C: text(PEOPLE[0] + ",,")}, (C, "line 1: 2 columns are named ''")),
    Case(
        "headers that differ by case", {T: text(HEADER + ",T_DAT", *(f"{row},x" for row in ROWS))}, same=True
    ),
    Case(
        "columns in another order",
        {
            T: text(
                "article_id,t_dat,customer_id",
                *(f"{a},{d},{c}" for d, c, a in (row.split(",") for row in ROWS)),
            )
        },
        same=True,
    ),
    Case("extra columns", {T: text(HEADER + ",price", *(f"{row},0.01" for row in ROWS))}, same=True),
    Case(
        "a missing column",
        {C: text("customer_id,age", f"{ANN},25")},
        (C, "no column club_member_status, which cluster.attributes names", "correct"),
    ),
    Case(
        "quotes, commas and newlines in a field",
        {T: text(HEADER + ",note", *(f'{row},"a ""b"",\nc"' for row in ROWS))},
        same=True,
    ),
    Case(
        "a quote that is not closed", purchases(article='"0100000001'), (T, "line 32", "quote", "not closed")
    ),
    Case("text after a quote", purchases(article='"0100000001"x'), (T, "line 32", "quote")),
    Case("a row too short", bought(f"2020-01-05,{ANN}"), (T, "line 32: 2 columns, the header has 3")),
    Case("a row too long", bought(f"2020-01-05,{ANN},{FIRST},x"), (T, "line 32: more columns, the header")),
    Case(
        "a decimal comma",
        {C: text("customer_id,age,club_member_status", f"{ANN},25,5,ACTIVE")},
        (C, "line 2: more columns", "quote fields that hold a comma"),
    ),
    Case("a footer", bought("(30 rows)"), (T, "line 32: 1 column", "the header has 3")),
    Case(
        "two files put together", bought(HEADER), (T, "column t_dat, line 32: 't_dat' is not a date (1 row)")
    ),
]


PQ = "transactions_train.parquet"
WHOLE = parquet(**columns_of_rows())
TYPES = [
    Case("a Parquet", as_parquet(WHOLE), same=True),
    Case(
        "categories",
        as_parquet(
            parquet(
                **{name: pa.array(values).dictionary_encode() for name, values in columns_of_rows().items()}
            )
        ),
        same=True,
    ),
    Case(
        "large strings",
        as_parquet(
            parquet(
                **{name: pa.array(values, pa.large_string()) for name, values in columns_of_rows().items()}
            )
        ),
        same=True,
    ),
    Case("times in UTC", as_parquet(parquet(**columns_of_rows(t_dat=LATE))), same=True),
    Case(
        "dates as numbers",
        as_parquet(parquet(**columns_of_rows(t_dat=[20200101] * 30))),
        (f"{PQ}: column t_dat is int64, expected text YYYY-MM-DD",),
    ),
    Case(
        "ids as decimals",
        as_parquet(parquet(**columns_of_rows(article_id=[0.5] * 30))),
        (f"{PQ}: column article_id is float64, expected text",),
    ),
    Case(
        "ids as lists",
        as_parquet(parquet(**columns_of_rows(customer_id=[["a"]] * 30))),
        (f"{PQ}: column customer_id is array<string>, expected text",),
    ),
    Case(
        "ids as bytes",
        as_parquet(parquet(**columns_of_rows(customer_id=[b"a"] * 30))),
        (f"{PQ}: column customer_id is binary, expected text",),
    ),
    Case(
        "ids that are true",
        as_parquet(parquet(**columns_of_rows(customer_id=[True] * 30))),
        (f"{PQ}: column customer_id is boolean, expected text",),
    ),
    Case(
        "a Parquet without rows",
        as_parquet(
            parquet(**columns_of_rows(**{name: pa.array([], pa.string()) for name in HEADER.split(",")}))
        ),
        (PQ, "no rows"),
    ),
    Case(
        "a null among the ids",
        as_parquet(parquet(**columns_of_rows(customer_id=[ANN] * 29 + [None]))),
        (f"{PQ}: column customer_id, row 30: empty (1 row)",),
    ),
    Case(
        "a truncated Parquet",
        as_parquet(WHOLE[:-20]),
        (PQ, "not a Parquet file, or an incomplete one", BROKEN),
    ),
    Case(
        "a Parquet with a torn page",
        as_parquet(WHOLE[:30] + bytes(300) + WHOLE[330:]),
        (PQ, "Parquet", BROKEN),
    ),
    Case("a CSV called Parquet", as_parquet(SOUND[T]), (PQ, "not a Parquet file", BROKEN)),
]
