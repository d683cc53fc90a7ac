package state

import "github.com/redis/go-redis/v9"

// Client is a connection to Redis, from Dial or an EmbeddedRedis: it has this
// name so that only this room and the queue import go-redis.
type Client = redis.UniversalClient
