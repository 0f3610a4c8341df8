-- Which artists have the most popular tracks on average? By id, not by name: different artists share names.
SELECT artist_id,
       max(artist_name) AS artist,
       count(*) AS tracks,
       round(avg(track_popularity), 1) AS average_popularity
FROM hits
GROUP BY artist_id
HAVING count(*) >= 5
ORDER BY avg(track_popularity) DESC, artist_id
LIMIT 10
