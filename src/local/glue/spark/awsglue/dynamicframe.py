"""DynamicFrame: rows whose types may still be undecided. Here they are a DataFrame's, decided."""


class DynamicFrame:
    """A DataFrame under Glue's name."""

    def __init__(self, dataframe, glue_ctx, name=""):
        self._dataframe = dataframe
        self.glue_ctx = glue_ctx
        self.name = name

    @classmethod
    def fromDF(cls, dataframe, glue_ctx, name):
        """The rows of a DataFrame."""
        return cls(dataframe, glue_ctx, name)

    def toDF(self, options=None):
        """The rows as a DataFrame."""
        return self._dataframe

    def _with(self, dataframe, name=""):
        return DynamicFrame(dataframe, self.glue_ctx, name or self.name)

    def count(self):
        """How many rows."""
        return self._dataframe.count()

    def schema(self):
        """The columns."""
        return self._dataframe.schema

    def printSchema(self):
        """Prints the columns."""
        self._dataframe.printSchema()

    def show(self, num_rows=20):
        """Prints rows."""
        self._dataframe.show(num_rows)

    def repartition(self, num_partitions, **_):
        """The rows in so many parts."""
        return self._with(self._dataframe.repartition(num_partitions))

    def coalesce(self, num_partitions, **_):
        """The rows in at most so many parts."""
        return self._with(self._dataframe.coalesce(num_partitions))

    def select_fields(self, paths, **_):
        """These columns alone."""
        return self._with(self._dataframe.select(*(f"`{path}`" for path in paths)))

    def drop_fields(self, paths, **_):
        """All other columns."""
        return self._with(self._dataframe.drop(*paths))

    def rename_field(self, oldName, newName, **_):
        """A column under another name."""
        return self._with(self._dataframe.withColumnRenamed(oldName, newName))

    def filter(self, f, **_):
        """The rows for which `f` is true."""
        rows = self._dataframe.rdd.filter(f)
        return self._with(self.glue_ctx.spark_session.createDataFrame(rows, self._dataframe.schema))

    def apply_mapping(self, mappings, **_):
        """Columns by (name, type, new name, new type)."""
        column = self._dataframe.__getitem__
        chosen = [column(f"`{source}`").cast(_TYPES.get(to, to)).alias(name) for source, _, name, to in mappings]
        return self._with(self._dataframe.select(*chosen))

    def join(self, paths1, paths2, frame2, **_):
        """Inner join; of two columns of one name the right one's begins with a dot."""
        left, right = self._dataframe, frame2.toDF()
        for name in right.columns:
            if name in left.columns:
                right = right.withColumnRenamed(name, f".{name}")
        renamed = [f".{name}" if name in left.columns else name for name in paths2]
        same = [left[f"`{a}`"] == right[f"`{b}`"] for a, b in zip(paths1, renamed)]
        return self._with(left.join(right, same, "inner"))

    def __getattr__(self, name):
        raise NotImplementedError(f"DynamicFrame.{name} runs on Glue only")


_TYPES = {"long": "bigint", "short": "smallint", "byte": "tinyint", "choice": "string"}
