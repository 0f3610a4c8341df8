-- Which albums are the most popular?
SELECT album_id,
       max(album_name) AS album,
       max(artist_name) AS artist,
       max(album_popularity) AS album_popularity,
       round(avg(track_popularity), 1) AS average_track_popularity
FROM hits
GROUP BY album_id
ORDER BY album_popularity DESC, average_track_popularity DESC, album_id
LIMIT 10
