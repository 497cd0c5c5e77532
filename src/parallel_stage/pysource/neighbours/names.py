"""What looks beyond one row: the names of pandas, polars, numpy and Python, and why each differs on a chunk."""

from __future__ import annotations

from parallel_stage.light_typing import NamedTuple


class Reason(NamedTuple):
    """Why a function gives other results on a chunk than on the whole file.

    Attributes:
        text: The reason, as a clause about the code.
        can_merge: Whether a reducer can make the result of the whole file from those of its chunks.
    """

    text: str
    can_merge: bool = False


NEIGHBOURS = Reason("looks at neighbouring rows")
CARRIED = Reason("carries a value from row to row")
NUMBERS = Reason("numbers rows from the chunk's start")
WITHIN = Reason("sees only the chunk's rows")
SELECTION = Reason("sorts, or selects among, the chunk's rows only", can_merge=True)
ENDS = Reason("reads the file's start or end", can_merge=True)
FOOT = Reason("leaves out last lines, which are data in every chunk but the last")
HEAD = Reason("reads other lines before the records than the one that every chunk repeats")
TYPES = Reason("guesses each column's type from one chunk")
PARTIAL = Reason("gives one result for every chunk", can_merge=True)

_METHODS: dict[Reason, str] = {
    NEIGHBOURS: """
        diff shift pct_change rolling ewm expanding interpolate ffill bfill pad backfill autocorr asfreq
        cumsum cumprod cummax cummin cum_sum cum_prod cum_max cum_min cum_count forward_fill backward_fill
        rolling_mean rolling_sum rolling_min rolling_max rolling_std rolling_var rolling_median rolling_map
        rolling_quantile rolling_apply rolling_skew rolling_corr rolling_cov ewm_mean ewm_std ewm_var
        rle rle_id peak_max peak_min upsample interpolate_by
        ediff1d gradient roll convolve correlate
        medfilt savgol_filter lfilter filtfilt sosfilt sosfiltfilt find_peaks detrend
        gaussian_filter1d uniform_filter1d median_filter
        """,
    NUMBERS: """
        with_row_index with_row_count with_row_number row_number int_range arg_true cumcount ngroup
        """,
    WITHIN: """
        rank qcut get_dummies to_dummies factorize duplicated is_duplicated is_unique is_first_distinct
        is_last_distinct sample shuffle over to_physical codes searchsorted hist histogram rankdata zscore
        minmax_scale scale fit fit_transform fit_predict pivot
        """,
    SELECTION: """
        drop_duplicates sort_values sort_index sort sort_by argsort arg_sort nlargest nsmallest top_k bottom_k
        reverse
        """,
    ENDS: "head tail limit slice take_every gather_every truncate",
    PARTIAL: """
        sum mean std var min max median quantile percentile count nunique n_unique any all prod product sem skew
        kurt kurtosis idxmin idxmax argmin argmax arg_min arg_max mode corr cov describe value_counts
        approx_n_unique null_count average nanmean nansum nanstd nanmin nanmax nanmedian ptp bincount
        agg aggregate unique_counts pivot_table crosstab is_monotonic_increasing is_monotonic_decreasing
        reduce
        """,
}
METHODS: dict[str, Reason] = {name: reason for reason, names in _METHODS.items() for name in names.split()}
"""Methods of tables, columns and expressions, and functions of libraries that get one."""

DISTINCT = frozenset(
    (
        *("diff", "shift", "pct_change", "rolling", "ewm", "expanding", "interpolate", "ffill", "bfill"),
        *("cumsum", "cumprod", "cummax", "cummin", "cum_sum", "cum_prod", "cum_max", "cum_min", "cum_count"),
        *("forward_fill", "backward_fill", "rolling_mean", "rolling_sum", "rolling_min", "rolling_max"),
        *("with_row_index", "with_row_count", "cumcount", "drop_duplicates", "rank", "qcut"),
    )
)
"""Methods that say what they do, on whatever they are called."""

ACCESSORS = frozenset(("str", "dt", "list", "arr", "struct", "bin", "name", "cat"))
"""Attributes of a column whose methods look into one cell."""
GROUPING = frozenset(("groupby", "group_by", "resample", "group_by_dynamic", "groupby_dynamic"))
WINDOWS = frozenset(("rolling", "expanding", "ewm"))
TO_ROWS = frozenset(
    ("itertuples", "iter_rows", "to_dict", "to_dicts", "to_records", "rows", "to_pylist", "tolist", "to_list")
)
FROM_FILES = ("read_", "scan_", "open_", "load", "from_csv", "genfromtxt", "fromfile", "Parquet", "dataset")
"""How the names of functions of libraries begin that read a file."""
LIBRARIES = frozenset(
    ("pandas", "polars", "numpy", "dask", "pyarrow", "duckdb", "modin", "cudf", "scipy", "sklearn", "narwhals", "ibis")
)
FRAMES = LIBRARIES - {"numpy", "scipy", "sklearn"}

OPENERS = frozenset(
    (
        *("builtins.open", "io.open", "codecs.open", "gzip.open", "bz2.open", "lzma.open", "fileinput.input"),
        *("io.StringIO", "io.BytesIO", "io.TextIOWrapper", "io.BufferedReader", "codecs.getreader"),
    )
)
PASSING = frozenset(
    (
        *("pathlib.Path", "pathlib.PosixPath", "pathlib.PurePath", "builtins.str", "os.fspath"),
        *("csv.reader", "builtins.list", "builtins.tuple", "builtins.iter", "collections.deque", "tqdm.tqdm"),
    )
)
"""Functions that pass on a path, or rows."""
FUNCTIONS: dict[str, Reason] = {
    "itertools.pairwise": NEIGHBOURS,
    "itertools.accumulate": NEIGHBOURS,
    "itertools.groupby": NEIGHBOURS,
    "more_itertools.windowed": NEIGHBOURS,
    "more_itertools.pairwise": NEIGHBOURS,
    "toolz.sliding_window": NEIGHBOURS,
    "builtins.sorted": SELECTION,
    "builtins.reversed": SELECTION,
    "heapq.nlargest": SELECTION,
    "heapq.nsmallest": SELECTION,
    "random.sample": WITHIN,
    "random.shuffle": WITHIN,
    "random.choice": WITHIN,
    "random.choices": WITHIN,
    "builtins.sum": PARTIAL,
    "builtins.len": PARTIAL,
    "builtins.min": PARTIAL,
    "builtins.max": PARTIAL,
    "builtins.any": PARTIAL,
    "builtins.all": PARTIAL,
    "builtins.set": PARTIAL,
    "builtins.frozenset": PARTIAL,
    "collections.Counter": PARTIAL,
    "functools.reduce": PARTIAL,
    **{
        f"statistics.{name}": PARTIAL
        for name in ("mean", "fmean", "median", "mode", "stdev", "pstdev", "variance", "pvariance", "quantiles")
    },
}
"""Functions of Python that get rows."""
QUIET = frozenset(("print", "debug", "info", "warning", "error", "exception", "critical", "log", "warn", "display"))
"""Calls whose arguments do not reach the result."""
