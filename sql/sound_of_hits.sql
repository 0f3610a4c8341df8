-- Do danceable and energetic tracks do better? Bands of a fifth, so that the groups are large enough to compare.
WITH banded AS (
  SELECT least(CAST(floor(danceability * 5) AS integer), 4) AS dance_band,
         least(CAST(floor(energy * 5) AS integer), 4) AS energy_band,
         track_popularity
  FROM hits
)
SELECT dance_band / 5.0 AS danceability_from,
       energy_band / 5.0 AS energy_from,
       count(*) AS tracks,
       round(avg(track_popularity), 1) AS average_popularity
FROM banded
GROUP BY dance_band, energy_band
HAVING count(*) >= 20
ORDER BY average_popularity DESC, dance_band, energy_band
LIMIT 10
