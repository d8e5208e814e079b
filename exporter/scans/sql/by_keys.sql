SELECT :columns
FROM unnest(:key_arrays) AS wanted (:key_names)
JOIN :source AS r ON :key_equals
