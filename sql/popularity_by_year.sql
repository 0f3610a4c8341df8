-- Are newer tracks more popular?
SELECT release_year,
       count(*) AS tracks,
       round(avg(track_popularity), 1) AS average_popularity,
       approx_percentile(track_popularity, 0.5) AS median_popularity
FROM hits
WHERE release_year >= 2000
GROUP BY release_year
ORDER BY release_year DESC
