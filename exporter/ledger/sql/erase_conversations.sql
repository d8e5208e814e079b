UPDATE conversation_states SET conversation_id = erased_id($3, conversation_id)
WHERE tenant = $1 AND conversation_id ~* $2
