SELECT release_year, count(*) AS hits FROM hits GROUP BY release_year ORDER BY release_year
