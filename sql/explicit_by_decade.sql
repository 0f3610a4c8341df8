-- How did explicit lyrics spread? Tracks without a release date are left out.
SELECT release_year / 10 * 10 AS decade,
       count(*) AS tracks,
       count_if(explicit) AS explicit_tracks,
       round(100.0 * count_if(explicit) / count(*), 1) AS explicit_percent
FROM hits
WHERE release_year IS NOT NULL
GROUP BY release_year / 10 * 10
ORDER BY decade
