package market

import (
	"context"
	"maps"
	"sync"

	"ocopsync/internal/listing"
)

// A Picture is what is known of a source address after it was once uploaded to
// a market that takes pictures by upload.
type Picture struct {
	ID   string // the market's id of the upload
	Hash string // SHA-256 of the bytes, hex
	ETag string // of the source's answer, for asking again cheaply
}

// A PictureStore remembers uploads, so that a picture that has not changed is
// neither fetched nor uploaded again. Losing it costs calls, nothing else. Both
// methods take a batch: an adapter asks once for all pictures of a listing.
type PictureStore interface {
	// Pictures gives what is known of the source addresses on a market; an
	// address that is not known is absent from the answer.
	Pictures(ctx context.Context, m listing.Market, urls []string) (map[string]Picture, error)
	// SavePictures remembers uploads by source address.
	SavePictures(ctx context.Context, m listing.Market, pics map[string]Picture) error
}

// NewMemoryPictures gives a store that forgets with the process. It is safe
// for concurrent use.
func NewMemoryPictures() PictureStore {
	return &memoryPictures{known: make(map[listing.Market]map[string]Picture)}
}

type memoryPictures struct {
	mu    sync.Mutex
	known map[listing.Market]map[string]Picture
}

func (s *memoryPictures) Pictures(_ context.Context, m listing.Market, urls []string) (map[string]Picture, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make(map[string]Picture, len(urls))
	for _, url := range urls {
		if p, ok := s.known[m][url]; ok {
			out[url] = p
		}
	}
	return out, nil
}

func (s *memoryPictures) SavePictures(_ context.Context, m listing.Market, pics map[string]Picture) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.known[m] == nil {
		s.known[m] = make(map[string]Picture, len(pics))
	}
	maps.Copy(s.known[m], pics)
	return nil
}
