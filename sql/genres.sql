-- Which genres reach the most listeners? An artist with three genres counts in each of them.
SELECT genre,
       count(*) AS artists,
       sum(followers) AS followers,
       round(avg(artist_popularity), 1) AS average_artist_popularity
FROM artists
CROSS JOIN UNNEST(artist_genres) AS t(genre)
GROUP BY genre
ORDER BY followers DESC, genre
LIMIT 10
