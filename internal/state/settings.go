package state

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"github.com/redis/go-redis/v9"
)

// Verdict is what a setting of Redis means for the start.
type Verdict string

// The verdicts.
const (
	Fit       Verdict = "ok"
	Warned    Verdict = "warning"           // the program starts and says so
	Refused   Verdict = "refused"           // the program must not start
	Unchecked Verdict = "cannot_be_checked" // CONFIG is forbidden or unknown here
)

// A Setting is one setting of a Redis server beside what it should be (design
// decision 12).
type Setting struct {
	Server  string  `json:"server,omitempty"` // address of a Cluster's node
	Name    string  `json:"name"`
	Is      string  `json:"is"` // "" when it can't be checked
	Want    string  `json:"want"`
	Why     string  `json:"why"`
	Verdict Verdict `json:"verdict"`
}

// String is the setting as one line for a person.
func (s Setting) String() string {
	switch s.Verdict {
	case Fit:
		return fmt.Sprintf("%s is %s", s.Name, s.Is)
	case Unchecked:
		return fmt.Sprintf("%s can't be checked; it should be %s: %s", s.Name, s.Want, s.Why)
	}
	return fmt.Sprintf("%s is %s and should be %s: %s", s.Name, s.Is, s.Want, s.Why)
}

// wanted are the settings that the promises rest on.
func wanted() []Setting {
	return []Setting{
		{Name: "appendonly", Want: "yes", Verdict: Refused,
			Why: "without it a restart forgets what was put on sale, and open calls could be made twice"},
		{Name: "appendfsync", Want: "always", Verdict: Warned,
			Why: "otherwise a power cut loses up to the last second, or more, of what was written before a call"},
		{Name: "maxmemory-policy", Want: "noeviction", Verdict: Refused,
			Why: "any other policy throws records away when memory is short, unnoticed"},
	}
}

// CheckSettings compares the server's settings with those that the promises rest
// on; of a Cluster every master's. A server that forbids or does not know CONFIG
// (managed services, the in-process Redis) yields Unchecked. An error means that
// Redis could not be asked at all.
func (s *Store) CheckSettings(ctx context.Context) ([]Setting, error) {
	cluster, is := s.client.(*redis.ClusterClient)
	if !is {
		return checkServer(ctx, s.client, "")
	}
	var mu sync.Mutex
	var all []Setting
	err := cluster.ForEachMaster(ctx, func(ctx context.Context, node *redis.Client) error {
		found, err := checkServer(ctx, node, node.Options().Addr)
		mu.Lock()
		defer mu.Unlock()
		all = append(all, found...)
		return err
	})
	return all, err
}

func checkServer(ctx context.Context, c redis.Cmdable, addr string) ([]Setting, error) {
	if err := c.Ping(ctx).Err(); err != nil {
		return nil, told(err, "check the settings of Redis")
	}
	settings := wanted()
	for i := range settings {
		set := &settings[i]
		set.Server = addr
		found, err := c.ConfigGet(ctx, set.Name).Result()
		value, there := found[set.Name]
		switch {
		case err != nil && ctx.Err() != nil:
			return nil, told(err, "check the setting %s of Redis", set.Name)
		case err != nil || !there:
			set.Verdict = Unchecked
		case strings.EqualFold(value, set.Want):
			set.Is, set.Verdict = value, Fit
		default:
			set.Is = value
		}
	}
	return settings, nil
}
