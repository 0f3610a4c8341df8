-- How do the ten largest genres fare year by year? A track counts in each genre of its artist.
WITH tagged AS (
  SELECT genre, release_year, track_popularity
  FROM hits
  CROSS JOIN UNNEST(artist_genres) AS t(genre)
  WHERE release_year >= 2000
),
largest AS (
  SELECT genre
  FROM tagged
  GROUP BY genre
  ORDER BY count(*) DESC, genre
  LIMIT 10
)
SELECT genre,
       release_year,
       count(*) AS tracks,
       round(avg(track_popularity), 1) AS average_popularity
FROM tagged
WHERE genre IN (SELECT genre FROM largest)
GROUP BY genre, release_year
ORDER BY genre, release_year
