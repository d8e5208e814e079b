SELECT :columns
FROM :source AS r
WHERE :time >= CAST(@since AS :type) AND ARRAY_TO_STRING([:keys], '\x1f') IN UNNEST(@wanted)
