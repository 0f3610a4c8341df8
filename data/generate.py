#!/usr/bin/env python3
"""Makes the sample data set of this folder: four CSV files shaped like the public "Spotify Dataset 2023".

Every name, id and number is invented. What is kept is the shape: the same columns, and the same kinds of mess that a
pipeline over the real files has to survive (doubled quotes, commas, non-ASCII names, empty, year-only and pre-1900
dates, one track on two albums, lists written as Python literals, artists without a name or a genre, different artists
of one name).

The output depends on nothing but this file: `python3 data/generate.py` writes the same bytes everywhere, and
`python3 data/generate.py --check` fails when the committed files differ.
"""

import argparse
import csv
import datetime
import io
import pathlib
import random
import sys

SEED = 20231220
TRACKS = 5000
ARTISTS = 1100
REPEATED_TRACKS = 60  # tracks that stand on a second album
HERE = pathlib.Path(__file__).resolve().parent

BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
ADJECTIVES = (
    "Silver Quiet Midnight Golden Broken Electric Northern Paper Velvet Hollow Crimson Distant Wild Frozen "
    "Gentle Restless Neon Little Lonely Burning Última Süße Blå Česká Été Żółty"
).split()
NOUNS = (
    "River Mirror Garden Engine Harbour Lantern Season Window Thunder Letter Satellite Orchard Shadow Compass Carnival "
    "Ocean Parade Winter Station Fever Corazón Straße Fjord Łódź Forêt 東京 Река"
).split()
VERBS = "Dancing Falling Waiting Running Dreaming Singing Burning Leaving Calling Drifting".split()
FIRST = (
    "Ada Björn Chloé Dmitri Elif Fela Gal Hana Iker João Kofi Łucja Maya Noël Okan Pía Quinn Rosa Søren Tomás Uma Věra Wes "
    "Xochitl Yuki Zoë"
).split()
LAST = (
    "Abara Bergström Cruz Dvořák Eriksen Fontaine Güler Hayashi Ibáñez Jansen Kovač Lindqvist Muñoz Nakamura O'Neil Petrov "
    "Quispe Rossi Świątek Tran Uzun Vogel Walsh Yılmaz Zhang"
).split()
GENRES = (
    "pop|rock|indie folk|latin pop|deep house|techno|jazz|cool jazz|hip hop|trap latino|k-pop|classical|metal|r&b|"
    "children's music|singer-songwriter|ambient|afrobeats|country|chanson"
).split("|")
LABELS = (
    "Harbour Lane|North & West|Blue Kite, Inc.|Éditions du Parc|4089505 Records DK|Paper Moon Music|"
    'The "Quiet" Label|Sonido Claro S.L.|Tief & Klar GmbH|Seventh Floor/Legacy'
).split("|")


class Dice:
    """Random choices that use only `random()`, whose sequence Python promises to keep for a seed."""

    def __init__(self, seed):
        self.source = random.Random(seed)

    def unit(self):
        return self.source.random()

    def below(self, n):
        return int(self.source.random() * n)

    def pick(self, items):
        return items[self.below(len(items))]

    def chance(self, share):
        return self.source.random() < share

    def skewed(self, top, power):
        """A whole number from 0 to `top`, low ones likelier the higher `power`."""
        return int((top + 1) * self.source.random() ** power)

    def bell(self, middle, spread):
        """Roughly normal: the sum of four units."""
        return middle + spread * (sum(self.source.random() for _ in range(4)) - 2.0)

    def base62(self):
        return "".join(self.pick(BASE62) for _ in range(22))


def clamp(value, low, high):
    return max(low, min(high, value))


def python_list(items):
    """A list as Python prints it: single quotes, or double ones around a text with an apostrophe."""
    return repr(items)


def title(dice):
    words = dice.pick(
        (
            lambda: f"{dice.pick(ADJECTIVES)} {dice.pick(NOUNS)}",
            lambda: f"{dice.pick(VERBS)} {dice.pick(NOUNS)}",
            lambda: dice.pick(NOUNS),
            lambda: f"{dice.pick(NOUNS)}, {dice.pick(NOUNS)}",
        )
    )()
    if dice.chance(0.03):
        words = f'The "{words}" Song'
    if dice.chance(0.06):
        words += dice.pick((" - Remastered", " (Live)", " (Feat. The Others)", " - Don't Stop Mix", " / Reprise"))
    return words


def release_date(dice):
    share = dice.unit()
    if share < 0.004:
        return ""
    year = 2023 - dice.skewed(63, 1.8)
    if share < 0.030:
        return str(year)
    if share < 0.034:
        year = 1880 + dice.below(20)
    day = datetime.date(year, 1, 1) + datetime.timedelta(days=dice.below(365) if dice.chance(0.85) else 0)
    return f"{day.isoformat()} 00:00:00 UTC"


def make_artists(dice):
    rows = []
    for number in range(ARTISTS):
        name = f"{dice.pick(FIRST)} {dice.pick(LAST)}" if dice.chance(0.7) else f"The {dice.pick(ADJECTIVES)} {dice.pick(NOUNS)}s"
        if number in (17, 423):
            name = ""
        genres = []
        if dice.chance(0.4):
            for _ in range(1 + dice.below(3)):
                genre = dice.pick(GENRES)
                if genre not in genres:
                    genres.append(genre)
        popularity = dice.skewed(95, 1.6)
        followers = int(10 ** (1 + popularity / 16 + dice.unit()))
        rows.append({"id": dice.base62(), "name": name, "artist_popularity": popularity, "genres": genres, "followers": followers})
    return rows


def artists_csv(artists):
    header = ["id", "name", "artist_popularity", "artist_genres", "followers"] + [f"genre_{n}" for n in range(7)]
    lines = []
    for a in artists:
        spread = (a["genres"] + [""] * 7)[:7]
        lines.append([a["id"], a["name"], a["artist_popularity"], python_list(a["genres"]), a["followers"], *spread])
    return header, lines


def make_albums(dice, artists):
    albums = []
    count = 0
    while count < TRACKS:
        kind = dice.pick(("album", "album", "album", "single", "single", "compilation"))
        size = {"album": 4 + dice.below(9), "single": 1 + dice.below(2), "compilation": 8 + dice.below(8)}[kind]
        size = min(size, TRACKS - count)
        artist = artists[dice.skewed(ARTISTS - 1, 1.3)]
        albums.append(
            {
                "album_id": dice.base62(),
                "album_name": title(dice),
                "album_type": kind,
                "release_date": release_date(dice),
                "label": dice.pick(LABELS),
                "artist": artist,
                "album_popularity": int(clamp(dice.bell(artist["artist_popularity"] * 0.8, 18), 0, 100)),
                "total_tracks": size,
            }
        )
        count += size
    return albums


def make_tracks(dice, albums, artists):
    tracks = []
    for album in albums:
        for number in range(1, album["total_tracks"] + 1):
            guests = [artists[dice.below(ARTISTS)] for _ in range(dice.skewed(3, 4))]
            names = [album["artist"]["name"]] + [g["name"] for g in guests]
            tracks.append(
                {
                    "id": dice.base62(),
                    "name": title(dice),
                    "number": number,
                    "album": album,
                    "names": [n for n in names if n],
                    "duration_ms": int(clamp(dice.bell(215_000, 90_000), 31_000, 900_000)),
                    "popularity": int(clamp(dice.bell(album["album_popularity"] * 0.85, 22), 0, 100)),
                    "explicit": dice.chance(0.14),
                }
            )
    return tracks


def albums_csv(dice, tracks, albums):
    header = (
        "track_name,track_id,track_number,duration_ms,album_type,artists,total_tracks,album_name,release_date,label,"
        "album_popularity,album_id,artist_id"
    ).split(",") + [f"artist_{n}" for n in range(12)] + ["duration_sec"]

    def line(track, album, number):
        spread = (track["names"] + [""] * 12)[:12]
        return [
            track["name"], track["id"], number, track["duration_ms"], album["album_type"], python_list(track["names"]),
            album["total_tracks"], album["album_name"], album["release_date"], album["label"], album["album_popularity"],
            album["album_id"], album["artist"]["id"], *spread, track["duration_ms"] / 1000,
        ]  # fmt: skip

    lines = [line(track, track["album"], track["number"]) for track in tracks]
    for _ in range(REPEATED_TRACKS):
        lines.append(line(dice.pick(tracks), dice.pick(albums), 1 + dice.below(9)))
    return header, lines


def tracks_csv(tracks):
    return ["id", "track_popularity", "explicit"], [[t["id"], t["popularity"], str(t["explicit"]).lower()] for t in tracks]


def features_csv(dice, tracks):
    header = (
        "danceability,energy,key,loudness,mode,speechiness,acousticness,instrumentalness,liveness,valence,tempo,type,id,uri,"
        "track_href,analysis_url,duration_ms,time_signature"
    ).split(",")
    lines = []
    for track in tracks:
        energy = clamp(dice.bell(0.62, 0.45), 0.0, 1.0)
        dance = clamp(dice.bell(0.45 + 0.2 * energy, 0.35), 0.0, 0.99)
        uri = track["id"]
        lines.append(
            [
                round(dance, 3), round(energy, 3), dice.below(12), round(-22 + 18 * energy + dice.unit() * 3, 3),
                1 if dice.chance(0.63) else 0, round(0.03 + 0.4 * dice.unit() ** 5, 4), round(dice.unit() ** 2, 4),
                0 if dice.chance(0.5) else float(f"{dice.unit() ** 9:.3g}"), round(0.05 + 0.6 * dice.unit() ** 3, 4),
                round(dice.unit(), 3), round(clamp(dice.bell(121, 50), 48, 220), 3), "audio_features", uri,
                f"spotify:track:{uri}", f"api/v1/tracks/{uri}", f"api/v1/audio-analysis/{uri}", track["duration_ms"],
                4 if dice.chance(0.93) else 3,
            ]  # fmt: skip
        )
    return header, lines


def text_of(header, lines):
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(lines)
    return out.getvalue()


def files():
    dice = Dice(SEED)
    artists = make_artists(dice)
    albums = make_albums(dice, artists)
    tracks = make_tracks(dice, albums, artists)
    return {
        "spotify_artist_data_2023.csv": text_of(*artists_csv(artists)),
        "spotify-albums_data_2023.csv": text_of(*albums_csv(dice, tracks, albums)),
        "spotify_tracks_data_2023.csv": text_of(*tracks_csv(tracks)),
        "spotify_features_data_2023.csv": text_of(*features_csv(dice, tracks)),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    arguments = parser.parse_args()
    stale = []
    for name, text in files().items():
        path = HERE / name
        if arguments.check:
            if not path.exists() or path.read_bytes() != text.encode():
                stale.append(name)
        else:
            path.write_bytes(text.encode())
    if stale:
        sys.exit(f"data/ is not what data/generate.py makes: {', '.join(stale)}; run python3 data/generate.py")


if __name__ == "__main__":
    main()
