"""The flagship: four files with the flagship's columns and kinds of mess, two tables."""

import re

import numpy as np

from .text import base62, column, python_lists, write

HIVE = {"hits": {"release_year": "INT"}}
_TEXT = "id track_name album_type artists album_name label album_id artist_id artist_name title".split()
_DOUBLE = "danceability energy loudness speechiness acousticness instrumentalness liveness valence tempo duration_sec minutes".split()
_INT = "track_popularity track_number total_tracks album_popularity artist_popularity key mode time_signature release_year".split()
_HITS = dict.fromkeys(_TEXT, "VARCHAR") | dict.fromkeys(_DOUBLE, "DOUBLE") | dict.fromkeys(_INT, "INT")
_HITS |= {"explicit": "BOOLEAN", "release_date": "DATE", "artist_followers": "BIGINT", "artist_genres": "VARCHAR[]", "duration_ms": "BIGINT"}
del _HITS["artists"]
_HITS["minutes"] = "DECIMAL(18, 9)"  # Polars divides by multiplying
TABLES = {
    "hits": ("id", _HITS),
    "artists": ("id", {"name": "VARCHAR", "artist_popularity": "INT", "followers": "BIGINT", "artist_genres": "VARCHAR[]"}),
}

ADJECTIVES = "Quiet Electric Golden Broken Midnight Silver Distant Hollow Crimson Gentle Última Süße Blå Česká Été Żółty".split()
NOUNS = "River Mirror Garden Engine Harbour Lantern Season Window Corazón Straße Fjord Łódź Forêt 東京 Река".split()
GENRES = "pop|rock|indie folk|latin pop|deep house|techno|jazz|hip hop|k-pop|metal|r&b|ambient|country|chanson".split("|")
LABELS = 'Harbour Lane|North & West|Blue Kite, Inc.|Éditions du Parc|The "Quiet" Label|Sonido Claro S.L.|Seventh Floor/Legacy'.split("|")


def manifest(root):
    """The flagship's own manifest without its dashboards and queries."""
    text = (root / "pipeline.yaml").read_text()
    return re.sub(r"\n(athena|quicksight):.*", "\n", text, flags=re.S)


def generate(folder, tracks):
    dice = np.random.default_rng(20230817)
    artists, albums = max(tracks // 12, 10), max(tracks // 5, 10)
    artist_ids, names = base62(dice, artists), titles(dice, artists, "The ")
    names[dice.integers(0, artists, max(artists // 2000, 1))] = ""
    genres = [list(dict.fromkeys(pick)) for pick in np.array(GENRES)[dice.integers(0, len(GENRES), (artists, 3))].tolist()]
    genres = [g if keep else [] for g, keep in zip(genres, dice.random(artists) < 0.4)]
    popularity = (95 * dice.random(artists) ** 1.6).astype(int)
    followers = (10 ** (1 + popularity / 16 + dice.random(artists))).astype(np.int64)
    spread = {f"genre_{n}": [g[n] if n < len(g) else "" for g in genres] for n in range(7)}
    write(folder / "spotify_artist_data_2023.csv", {
        "id": artist_ids, "name": names, "artist_popularity": popularity, "artist_genres": python_lists(genres),
        "followers": followers, **spread,
    })  # fmt: skip

    owner = (artists * dice.random(albums) ** 1.3).astype(int)
    album_ids, album_names = base62(dice, albums), titles(dice, albums)
    kinds = np.array(["album", "album", "album", "single", "single", "compilation"])[dice.integers(0, 6, albums)]
    dates, labels = release_dates(dice, albums), np.array(LABELS)[dice.integers(0, len(LABELS), albums)]
    album_popularity = np.clip(dice.normal(popularity[owner] * 0.8, 12), 0, 100).astype(int)

    ids, titles_ = base62(dice, tracks), titles(dice, tracks)
    album = np.sort(dice.integers(0, albums, tracks))
    duration = np.clip(dice.normal(215_000, 45_000, tracks), 31_000, 900_000).astype(int)
    # One track in thirty stands on a second album, of another popularity.
    twice = dice.choice(tracks, tracks // 30, replace=False)
    track, on = np.concatenate([np.arange(tracks), twice]), np.concatenate([album, dice.integers(0, albums, len(twice))])
    shown = album_popularity[on]
    first = album_popularity[album[twice]]
    shown[tracks:] = np.where(shown[tracks:] == first, (first + 7) % 101, shown[tracks:])
    guests = np.where(dice.random((len(on), 2)) < 0.12, dice.integers(0, artists, (len(on), 2)), -1)
    who = [[n for n in (names[o], *(names[g] for g in gs if g >= 0)) if n] for o, gs in zip(owner[on], guests)]
    write(folder / "spotify-albums_data_2023.csv", {
        "track_name": titles_[track], "track_id": ids[track], "track_number": dice.integers(1, 15, len(on)),
        "duration_ms": duration[track], "album_type": kinds[on], "artists": python_lists(who),
        "total_tracks": dice.integers(1, 20, len(on)), "album_name": album_names[on], "release_date": dates[on], "label": labels[on],
        "album_popularity": shown, "album_id": album_ids[on], "artist_id": artist_ids[owner[on]],
        **{f"artist_{n}": [w[n] if n < len(w) else "" for w in who] for n in range(12)},
        "duration_sec": duration[track] / 1000,
    })  # fmt: skip
    write(folder / "spotify_tracks_data_2023.csv", {
        "id": ids, "track_popularity": np.clip(dice.normal(shown[:tracks] * 0.85, 15), 0, 100).astype(int),
        "explicit": np.where(dice.random(tracks) < 0.14, "true", "false"),
    })  # fmt: skip
    # Features stand in an order of their own.
    order = dice.permutation(tracks)
    uri, n = ids[order], tracks
    energy = np.clip(dice.normal(0.62, 0.2, n), 0, 1).round(3)
    instrumental = np.array([f"{x:.3g}" for x in dice.random(n) ** 9])
    instrumental[dice.random(n) < 0.5] = "0"
    write(folder / "spotify_features_data_2023.csv", {
        "danceability": np.clip(dice.normal(0.55, 0.18, n), 0, 0.99).round(3), "energy": energy, "key": dice.integers(0, 12, n),
        "loudness": (-22 + 18 * energy + dice.random(n) * 3).round(3), "mode": (dice.random(n) < 0.63).astype(int),
        "speechiness": (0.03 + 0.4 * dice.random(n) ** 5).round(4), "acousticness": (dice.random(n) ** 2).round(4),
        "instrumentalness": instrumental, "liveness": (0.05 + 0.6 * dice.random(n) ** 3).round(4), "valence": dice.random(n).round(3),
        "tempo": np.clip(dice.normal(121, 28, n), 48, 220).round(3), "type": np.full(n, "audio_features"), "id": uri,
        "uri": column("spotify:track:", uri), "track_href": column("api/v1/tracks/", uri),
        "analysis_url": column("api/v1/audio-analysis/", uri), "duration_ms": duration[order],
        "time_signature": np.where(dice.random(n) < 0.93, 4, 3),
    })  # fmt: skip


def titles(dice, n, prefix=""):
    words = np.char.add(np.char.add(np.array(ADJECTIVES)[dice.integers(0, len(ADJECTIVES), n)], " "), np.array(NOUNS)[dice.integers(0, len(NOUNS), n)])
    words = np.char.add(np.char.add(prefix + " " if prefix.strip() == "" else prefix, words), np.char.add(" ", dice.integers(0, 9999, n).astype(str)))
    words = np.char.strip(words).astype(object)
    for share, make in ((0.03, 'The "{}" Song'), (0.05, "{}, Reprise"), (0.05, "{} - Don't Stop Mix")):
        for i in np.flatnonzero(dice.random(n) < share):
            words[i] = make.format(words[i])
    return words


def release_dates(dice, n):
    year = 2023 - (64 * dice.random(n) ** 1.8).astype(int)
    old = dice.random(n) < 0.004
    year[old] = 1880 + dice.integers(0, 20, old.sum())
    day = (year - 1970).astype("datetime64[Y]").astype("datetime64[D]") + dice.integers(0, 365, n)
    dates = np.char.add(day.astype(str), " 00:00:00 UTC").astype(object)
    bare = dice.random(n) < 0.026
    dates[bare] = year[bare].astype(str)
    dates[dice.random(n) < 0.004] = ""
    return dates


def duckdb(data, out):
    import duckdb as engine

    c = engine.connect()
    c.execute("SET preserve_insertion_order=false; SET partitioned_write_max_open_files=200")
    def csv(name, **columns):
        header = open(f"{data}/{name}").readline().strip().split(",")
        types = ", ".join(f"'{h}': '{columns.get(h, 'VARCHAR')}'" for h in header)
        return f"read_csv('{data}/{name}', header=true, quote='\"', escape='\"', delim=',', auto_detect=false, columns={{{types}}})"

    doubles = dict.fromkeys("danceability energy loudness speechiness acousticness instrumentalness liveness valence tempo".split(), "DOUBLE")
    tracks = csv("spotify_tracks_data_2023.csv", track_popularity="INT", explicit="BOOLEAN")
    albums = csv("spotify-albums_data_2023.csv")
    artists = csv("spotify_artist_data_2023.csv", artist_popularity="INT", followers="BIGINT")
    features = csv("spotify_features_data_2023.csv", key="INT", mode="INT", time_signature="INT", **doubles)
    c.execute(f"CREATE TEMP TABLE a AS SELECT id, name, artist_popularity, CAST(artist_genres AS VARCHAR[]) AS artist_genres, followers FROM {artists}")
    date = "CASE WHEN release_date LIKE '____-__-__%' THEN TRY_CAST(left(release_date, 10) AS DATE) END"
    c.execute(f"""
        COPY (
            SELECT t.id, t.track_popularity, t.explicit, b.track_name, TRY_CAST(b.track_number AS INT) AS track_number,
                   TRY_CAST(b.duration_ms AS BIGINT) AS duration_ms, b.album_type, TRY_CAST(b.total_tracks AS INT) AS total_tracks,
                   b.album_name, {date} AS release_date, b.label, TRY_CAST(b.album_popularity AS INT) AS album_popularity,
                   b.album_id, b.artist_id, TRY_CAST(b.duration_sec AS DOUBLE) AS duration_sec,
                   a.name AS artist_name, a.artist_popularity, a.artist_genres, a.followers AS artist_followers,
                   f.danceability, f.energy, f.key, f.loudness, f.mode, f.speechiness, f.acousticness, f.instrumentalness,
                   f.liveness, f.valence, f.tempo, f.time_signature,
                   TRY_CAST(b.duration_sec AS DOUBLE) / 60.0 AS minutes,
                   coalesce(b.track_name, '(untitled)') || ' - ' || coalesce(a.name, '(unknown artist)') AS title,
                   year({date}) AS release_year
            FROM {tracks} t JOIN {albums} b ON t.id = b.track_id JOIN a ON b.artist_id = a.id JOIN {features} f ON t.id = f.id
            WHERE t.track_popularity IS NOT NULL
            QUALIFY row_number() OVER (PARTITION BY t.id ORDER BY TRY_CAST(b.album_popularity AS INT) DESC NULLS LAST, {date} NULLS LAST) = 1
        ) TO '{out}/hits' (FORMAT parquet, COMPRESSION snappy, PARTITION_BY (release_year))""")
    hits = f"read_parquet('{out}/hits/**/*.parquet', hive_partitioning=true)"
    c.execute(f"""
        COPY (SELECT * FROM a WHERE id IN (SELECT artist_id FROM {hits})
              QUALIFY row_number() OVER (PARTITION BY id ORDER BY followers DESC NULLS LAST) = 1)
        TO '{out}/artists.parquet' (FORMAT parquet, COMPRESSION snappy)""")
    import os

    os.makedirs(f"{out}/artists")
    os.rename(f"{out}/artists.parquet", f"{out}/artists/part-0.parquet")
    check = "count(*), count(*) - count({0}), count(*) - count(DISTINCT {0})"
    found = c.execute(f"""
        SELECT {check.format('id')}, count_if(artist_id IS NULL), count_if(album_id IS NULL), count_if(album_type NOT IN ('album', 'single', 'compilation')),
               count_if(danceability NOT BETWEEN 0 AND 1), count_if(energy NOT BETWEEN 0 AND 1), count_if(artist_followers < 0), count_if(artist_name IS NULL)
        FROM {hits}""").fetchone()
    assert not any(found[1:-1]), found
    found = c.execute(f"SELECT {check.format('id')} FROM '{out}/artists/*.parquet'").fetchone()
    assert not any(found[1:]), found


def polars(data, out):
    import polars as pl

    def csv(name, **types):
        header = open(f"{data}/{name}").readline().strip().split(",")
        return pl.scan_csv(f"{data}/{name}", schema={h: types.get(h, pl.String) for h in header})

    doubles = dict.fromkeys("danceability energy loudness speechiness acousticness instrumentalness liveness valence tempo".split(), pl.Float64)
    tracks = csv("spotify_tracks_data_2023.csv", track_popularity=pl.Int32, explicit=pl.Boolean)
    albums = csv("spotify-albums_data_2023.csv").drop([f"artist_{n}" for n in range(12)] + ["artists"])
    artists = csv("spotify_artist_data_2023.csv", artist_popularity=pl.Int32, followers=pl.Int64).drop([f"genre_{n}" for n in range(7)])
    lists = pl.col("artist_genres").str.strip_chars("[]").str.replace_all("'", "", literal=True)
    lists = pl.when(lists == "").then(pl.lit([], dtype=pl.List(pl.String))).otherwise(lists.str.split(", "))
    artists = artists.with_columns(artist_genres=lists)
    features = csv("spotify_features_data_2023.csv", key=pl.Int32, mode=pl.Int32, time_signature=pl.Int32, **doubles)
    features = features.drop("type", "uri", "track_href", "analysis_url", "duration_ms")
    joined = tracks.join(albums, left_on="id", right_on="track_id")
    joined = joined.join(artists.rename({"name": "artist_name", "followers": "artist_followers"}), left_on="artist_id", right_on="id")
    joined = joined.join(features, on="id").with_columns(
        pl.col("track_number", "total_tracks", "album_popularity").cast(pl.Int32, strict=False),
        pl.col("duration_ms").cast(pl.Int64, strict=False), pl.col("duration_sec").cast(pl.Float64, strict=False),
        pl.when(pl.col("release_date").str.len_bytes() >= 10).then(pl.col("release_date").str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False)).alias("release_date"),
    )  # fmt: skip
    joined = joined.with_columns(
        release_year=pl.col("release_date").dt.year(), minutes=pl.col("duration_sec") / 60.0,
        title=pl.col("track_name").fill_null("(untitled)") + " - " + pl.col("artist_name").fill_null("(unknown artist)"),
    ).filter(pl.col("track_popularity").is_not_null())  # fmt: skip
    order = dict(descending=[True, False], nulls_last=True)
    hits = joined.sort("album_popularity", "release_date", **order).unique("id", keep="first").collect(engine="streaming")
    import pathlib

    for (year,), rows in hits.partition_by("release_year", include_key=False, as_dict=True).items():
        folder = pathlib.Path(out) / "hits" / f"release_year={'__HIVE_DEFAULT_PARTITION__' if year is None else year}"
        folder.mkdir(parents=True)
        rows.write_parquet(folder / "part-0.parquet", compression="snappy")
    del hits
    kept = pl.scan_parquet(f"{out}/hits/**/*.parquet", hive_partitioning=True)
    (pathlib.Path(out) / "artists").mkdir()
    wanted = artists.join(kept.select("artist_id"), left_on="id", right_on="artist_id", how="semi")
    wanted.sort("followers", descending=True, nulls_last=True).unique("id", keep="first").sink_parquet(f"{out}/artists/part-0.parquet", compression="snappy")
    found = kept.select(
        pl.len() - pl.col("id").n_unique(), pl.col("artist_id").null_count(), pl.col("album_id").null_count(),
        a=(~pl.col("album_type").is_in(["album", "single", "compilation"])).sum(), d=(~pl.col("danceability").is_between(0, 1)).sum(),
        e=(~pl.col("energy").is_between(0, 1)).sum(), f=(pl.col("artist_followers") < 0).sum(),
    ).collect(engine="streaming")  # fmt: skip
    assert not any(found.row(0)), found


def spark(data, out):
    from pyspark.sql import Window
    from pyspark.sql import functions as f

    from .text import session

    s = session(out)

    def csv(name, **types):
        header = open(f"{data}/{name}").readline().strip().split(",")
        schema = ", ".join(f"`{h}` {types.get(h, 'string')}" for h in header)
        return s.read.csv(f"{data}/{name}", header=True, schema=schema, escape='"')

    doubles = dict.fromkeys("danceability energy loudness speechiness acousticness instrumentalness liveness valence tempo".split(), "double")
    tracks = csv("spotify_tracks_data_2023.csv", track_popularity="int", explicit="boolean")
    albums = csv("spotify-albums_data_2023.csv").drop(*[f"artist_{n}" for n in range(12)], "artists")
    artists = csv("spotify_artist_data_2023.csv", artist_popularity="int", followers="bigint").drop(*[f"genre_{n}" for n in range(7)])
    bare = f.regexp_replace("artist_genres", r"[\[\]']", "")
    artists = artists.withColumn("artist_genres", f.when(bare == "", f.array().cast("array<string>")).otherwise(f.split(bare, ", ")))
    features = csv("spotify_features_data_2023.csv", key="int", mode="int", time_signature="int", **doubles)
    features = features.drop("type", "uri", "track_href", "analysis_url", "duration_ms")
    joined = tracks.join(albums, tracks.id == albums.track_id).drop("track_id")
    renamed = artists.withColumnsRenamed({"id": "a", "name": "artist_name", "followers": "artist_followers"})
    joined = joined.join(renamed, joined.artist_id == renamed.a).drop("a").join(features, "id")
    casts = {"track_number": "int", "total_tracks": "int", "album_popularity": "int", "duration_ms": "bigint", "duration_sec": "double"}
    joined = joined.withColumns({n: f.col(n).cast(t) for n, t in casts.items()})
    joined = joined.withColumn("release_date", f.when(f.length("release_date") >= 10, f.to_date(f.substring("release_date", 1, 10))))
    joined = joined.withColumns({
        "release_year": f.year("release_date"), "minutes": f.col("duration_sec") / 60.0,
        "title": f.concat(f.coalesce("track_name", f.lit("(untitled)")), f.lit(" - "), f.coalesce("artist_name", f.lit("(unknown artist)"))),
    }).filter("track_popularity is not null")  # fmt: skip
    first = Window.partitionBy("id").orderBy(f.col("album_popularity").desc_nulls_last(), f.col("release_date").asc_nulls_last())
    hits = joined.withColumn("n", f.row_number().over(first)).filter("n = 1").drop("n")
    hits.repartition("release_year").write.partitionBy("release_year").parquet(f"{out}/hits")
    kept = s.read.parquet(f"{out}/hits")
    first = Window.partitionBy("id").orderBy(f.col("followers").desc_nulls_last())
    wanted = artists.join(kept, artists.id == kept.artist_id, "left_semi")
    wanted.withColumn("n", f.row_number().over(first)).filter("n = 1").drop("n").write.parquet(f"{out}/artists")
    found = kept.selectExpr(
        "count(*) - count(distinct id)", "count_if(artist_id is null)", "count_if(album_id is null)",
        "count_if(album_type not in ('album', 'single', 'compilation'))", "count_if(danceability not between 0 and 1)",
        "count_if(energy not between 0 and 1)", "count_if(artist_followers < 0)",
    ).first()  # fmt: skip
    assert not any(found), found
    s.stop()
