package state

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/redis/go-redis/v9"

	"ocopsync/internal/listing"
	"ocopsync/internal/ocop"
)

// A Picture is one that a market already holds.
type Picture struct {
	ID   string `json:"id"`             // the market's
	Hash string `json:"hash"`           // of its content
	ETag string `json:"etag,omitempty"` // of its source, to ask again cheaply
}

// Pictures gives what is known of the addresses; unknown ones are left out. One
// round trip per 4,000 addresses.
func (s *Store) Pictures(ctx context.Context, m listing.Market, urls []string) (map[string]Picture, error) {
	key := s.marketKey(m, "pictures")
	pictures := make(map[string]Picture, len(urls))
	for part := range slices.Chunk(urls, pipelined*piece) {
		var found []*redis.SliceCmd
		pipe := s.client.Pipeline()
		for some := range slices.Chunk(part, piece) {
			fields := make([]string, len(some))
			for i, u := range some {
				fields[i] = pictureField(u)
			}
			found = append(found, pipe.HMGet(ctx, key, fields...))
		}
		if _, err := pipe.Exec(ctx); err != nil {
			return nil, told(err, "read the pictures known to %s", m)
		}
		for i, values := range found {
			for j, value := range values.Val() {
				text, there := value.(string)
				if !there {
					continue
				}
				var p Picture
				if err := json.Unmarshal([]byte(text), &p); err != nil {
					return nil, fmt.Errorf("read the picture %s known to %s (key %s): %w", part[i*piece+j], m, key, err)
				}
				pictures[part[i*piece+j]] = p
			}
		}
	}
	return pictures, nil
}

// SavePictures keeps pictures by their addresses. It needs no lease: two that
// upload the same picture know of one each, and either will do.
func (s *Store) SavePictures(ctx context.Context, m listing.Market, pictures map[string]Picture) error {
	fields := make([]any, 0, 2*len(pictures))
	for u, p := range pictures {
		value, err := json.Marshal(p)
		if err != nil {
			return fmt.Errorf("save the picture %s known to %s: %w", u, m, err)
		}
		fields = append(fields, pictureField(u), value)
	}
	for part := range slices.Chunk(fields, 2*pipelined*piece) {
		pipe := s.client.Pipeline()
		for some := range slices.Chunk(part, 2*piece) {
			pipe.HSet(ctx, s.marketKey(m, "pictures"), some...)
		}
		if _, err := pipe.Exec(ctx); err != nil {
			return told(err, "save %s known to %s", ocop.Count(len(pictures), "picture", "pictures"), m)
		}
	}
	return nil
}

// pictureField is a digest of the address: addresses are long and many.
func pictureField(address string) string {
	sum := sha256.Sum256([]byte(address))
	return base64.RawURLEncoding.EncodeToString(sum[:16])
}
