SELECT :columns FROM :source AS r WHERE FALSE
