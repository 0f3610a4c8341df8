-- Singles, albums or compilations: where do tracks live, and how do they fare there?
SELECT album_type,
       count(*) AS tracks,
       round(100.0 * count(*) / sum(count(*)) OVER (), 1) AS percent,
       round(avg(track_popularity), 1) AS average_popularity,
       round(avg(minutes), 2) AS average_minutes
FROM hits
GROUP BY album_type
ORDER BY tracks DESC
