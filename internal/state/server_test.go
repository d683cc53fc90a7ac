package state

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"

	"ocopsync/internal/listing"
	"ocopsync/internal/state/redistest"
)

// settings are the lines that a person reads, by verdict.
func settings(t *testing.T, s *Store) map[string]Verdict {
	t.Helper()
	found, err := s.CheckSettings(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	lines := make(map[string]Verdict)
	for _, f := range found {
		line, _, _ := strings.Cut(f.String(), ":")
		lines[line] = f.Verdict
	}
	return lines
}

func TestCheckSettings(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		addr func(t *testing.T) string
		want map[string]Verdict
	}{
		{"as it should be", func(t *testing.T) string { return redistest.Start(t) }, map[string]Verdict{
			"appendonly is yes": Fit, "appendfsync is always": Fit, "maxmemory-policy is noeviction": Fit,
		}},
		{"as Redis comes", func(t *testing.T) string {
			return redistest.New(t, "--appendonly", "no", "--appendfsync", "everysec", "--maxmemory-policy", "allkeys-lru").Addr
		}, map[string]Verdict{
			"appendonly is no and should be yes":                       Refused,
			"appendfsync is everysec and should be always":             Warned,
			"maxmemory-policy is allkeys-lru and should be noeviction": Refused,
		}},
		{"CONFIG forbidden", func(t *testing.T) string {
			return redistest.New(t, "--rename-command", "CONFIG", "").Addr
		}, map[string]Verdict{
			"appendonly can't be checked; it should be yes":              Unchecked,
			"appendfsync can't be checked; it should be always":          Unchecked,
			"maxmemory-policy can't be checked; it should be noeviction": Unchecked,
		}},
		{"in-process", func(t *testing.T) string { return miniredis.RunT(t).Addr() }, map[string]Verdict{
			"appendonly can't be checked; it should be yes":              Unchecked,
			"appendfsync can't be checked; it should be always":          Unchecked,
			"maxmemory-policy can't be checked; it should be noeviction": Unchecked,
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			k := &kit{client: clientOf(t, c.addr(t)), clock: newClock()}
			if diff := cmp.Diff(c.want, settings(t, k.open(t))); diff != "" {
				t.Errorf("settings (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAReadOnlyReplicaIsRefused(t *testing.T) {
	t.Parallel()
	_, port, _ := strings.Cut(redistest.Start(t), ":")
	replica := redistest.New(t, "--replicaof", "127.0.0.1 "+port)
	_, err := Open(t.Context(), Options{Client: clientOf(t, replica.Addr), Tenant: "da-lat"})
	if !errors.Is(err, ErrReadOnly) || !strings.Contains(err.Error(), "read-only replica: give the master's address") {
		t.Errorf("opened on a replica: %v, want ErrReadOnly that says what to do", err)
	}
	reader, err := Open(t.Context(), Options{Client: clientOf(t, replica.Addr), Tenant: "da-lat", ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := reader.Writable(t.Context()); !errors.Is(err, ErrReadOnly) {
		t.Errorf("a replica is said to take writes: %v, want ErrReadOnly", err)
	}
}

// A full Redis refuses a write whole: neither its removals nor its counts happen.
func TestAFullRedis(t *testing.T) {
	t.Parallel()
	k := &kit{client: clientOf(t, redistest.Start(t)), clock: newClock()}
	s := k.open(t)
	l := lease(t, s, "voso")
	write(t, s, l, Batch{Put: records(1, 3), Open: []listing.Intent{intent(1)}})
	if err := k.client.ConfigSet(t.Context(), "maxmemory", "1").Err(); err != nil {
		t.Fatal(err)
	}
	err := s.Write(t.Context(), l, Batch{Delete: codes(1), Put: records(3, 4), Close: codes(1)})
	if !errors.Is(err, ErrFull) || !strings.Contains(err.Error(), "no memory left in Redis (maxmemory)") {
		t.Errorf("write into a full Redis: %v, want ErrFull", err)
	}
	if err := s.Writable(t.Context()); !errors.Is(err, ErrFull) {
		t.Errorf("a full Redis is said to take writes: %v, want ErrFull", err)
	}
	if got := all(t, s, "voso"); len(got) != 2 {
		t.Errorf("%d records are there, want the 2 of before", len(got))
	}
	if open, err := s.Intents(t.Context(), "voso"); err != nil || len(open) != 1 {
		t.Errorf("open intents: %v, %v; want the one of before", open, err)
	}
	if gen, err := s.Generation(t.Context(), "voso"); err != nil || gen != 1 {
		t.Errorf("generation %d, %v; want 1 as before", gen, err)
	}
	if err := l.Release(t.Context()); err != nil {
		t.Errorf("the lease can't be given back: %v", err)
	}
}

func TestAWrongPassword(t *testing.T) {
	t.Parallel()
	server := redistest.New(t, "--requirepass", "right")
	for name, c := range map[string]Config{
		"none":  {Addresses: []string{server.Addr}},
		"wrong": {URL: "redis://:hush@" + server.Addr},
	} {
		client, err := Dial(c)
		if err != nil {
			t.Fatal(err)
		}
		defer client.Close()
		_, err = Open(t.Context(), Options{Client: client, Tenant: "da-lat"})
		if !errors.Is(err, ErrDenied) || strings.Contains(err.Error(), "hush") {
			t.Errorf("%s: %v, want ErrDenied without the password", name, err)
		}
	}
	client, err := Dial(Config{URL: "redis://:wrong@" + server.Addr, Password: "right"})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if _, err := Open(t.Context(), Options{Client: client, Tenant: "da-lat"}); err != nil {
		t.Errorf("the password beside the url does not beat the one in it: %v", err)
	}
}

func TestARedisThatIsNotThere(t *testing.T) {
	t.Parallel()
	server := redistest.New(t)
	server.Stop()
	_, err := Open(t.Context(), Options{Client: clientOf(t, server.Addr), Tenant: "da-lat"})
	if err == nil || !strings.Contains(err.Error(), "open state of tenant da-lat in Redis") || !strings.Contains(err.Error(), server.Addr) {
		t.Errorf("error is %v; it should say what was done and where", err)
	}
}

func TestDialRefuses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		config Config
		says   string
	}{
		{Config{}, "neither url nor addresses"},
		{Config{URL: "redis://a", Addresses: []string{"b:1"}}, "not both"},
		{Config{URL: "redis://a", Master: "m"}, "given by addresses"},
		{Config{Addresses: []string{"a:1", "b:1"}}, "cluster or the Sentinels"},
		{Config{Addresses: []string{"a:1"}, Cluster: true, Master: "m"}, "exclude each other"},
		{Config{Addresses: []string{"a:1"}, Cluster: true, DB: 2}, "only db 0"},
		{Config{URL: "http://user:hush@a"}, "url can't be read"},
		{Config{URL: "redis://user:hush@a:x y"}, "url can't be read"},
	} {
		client, err := Dial(c.config)
		if err == nil {
			_ = client.Close()
		}
		if err == nil || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "hush") {
			t.Errorf("%+v: error is %v; want one that says %q and no password", c.config, err, c.says)
		}
	}
}

func TestDialKinds(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		config Config
		want   string
	}{
		"url":      {Config{URL: "rediss://u:p@redis.example:6380/3", PoolSize: 7}, "redis.example:6380 db 3 pool 7 tls redis.example"},
		"socket":   {Config{URL: "unix:///run/redis.sock"}, "/run/redis.sock db 0"},
		"address":  {Config{Addresses: []string{"a:1"}, DB: 2}, "a:1 db 2"},
		"sentinel": {Config{Addresses: []string{"a:1", "b:1"}, Master: "m"}, "FailoverClient db 0"},
		"cluster":  {Config{Addresses: []string{"a:1", "b:1"}, Cluster: true}, "cluster [a:1 b:1] reload 2s"},
	} {
		client, err := Dial(c.config)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := described(client); got != c.want {
			t.Errorf("%s: client is %q, want %q", name, got, c.want)
		}
		_ = client.Close()
	}
}

func described(c redis.UniversalClient) string {
	switch c := c.(type) {
	case *redis.ClusterClient:
		return fmt.Sprintf("cluster %v reload %s", c.Options().Addrs, c.Options().ClusterStateReloadInterval)
	case *redis.Client:
		o := c.Options()
		text := fmt.Sprintf("%s db %d", o.Addr, o.DB)
		if o.TLSConfig != nil {
			text += fmt.Sprintf(" pool %d tls %s", o.PoolSize, o.TLSConfig.ServerName)
		}
		return text
	}
	return fmt.Sprintf("%T", c)
}

// On a Cluster a script's keys must live in one slot, and those of a tenant do.
func TestOnACluster(t *testing.T) {
	t.Parallel()
	server := redistest.New(t, "--cluster-enabled", "yes", "--cluster-announce-ip", "127.0.0.1")
	node := redis.NewClient(&redis.Options{Addr: server.Addr})
	defer node.Close()
	if err := node.ClusterAddSlotsRange(t.Context(), 0, 16383).Err(); err != nil {
		t.Fatal(err)
	}
	until(t, "the Cluster of one node is ready", func() bool {
		return strings.Contains(node.ClusterInfo(t.Context()).Val(), "cluster_state:ok")
	})
	client, err := Dial(Config{Addresses: []string{server.Addr}, Cluster: true})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	k := &kit{client: client, clock: newClock()}
	s := k.open(t)
	l := lease(t, s, "voso")
	write(t, s, l, Batch{Put: records(0, 1200), Touch: codes(1), SeenAt: monday, Open: []listing.Intent{intent(1)}, Close: codes(2)})
	if n := len(all(t, s, "voso")); n != 1200 {
		t.Errorf("%d records, want 1200", n)
	}
	for n := range 3 {
		if err := s.CreateRun(t.Context(), someRun(fmt.Sprint("r", n), monday.Add(time.Duration(n)*time.Hour))); err != nil {
			t.Fatal(err)
		}
	}
	_, memoryErr := s.Memory(t.Context(), "voso")
	_, endErr := s.EndPart(t.Context(), "r0", "sync", "voso", Part{State: Failed, Fence: 1})
	_, unfinishedErr := s.Unfinished(t.Context())
	_, lastErr := s.LastParts(t.Context())
	_, cancelErr := s.Cancel(t.Context(), "r2")
	_, fencesErr := s.Fences(t.Context(), []listing.Market{"voso", "lamdong"})
	_, ordersErr := s.Orders(t.Context(), "r1", "voso")
	_, runsErr := s.Runs(t.Context(), "", 10)
	_, itemsErr := s.Items(t.Context(), "r1", "voso", "", 10)
	_, picturesErr := s.Pictures(t.Context(), "voso", []string{"https://images.example/1.jpg"})
	for what, err := range map[string]error{
		"SaveMarketState": s.SaveMarketState(t.Context(), l, "voso", MarketState{}),
		"SavePart":        s.SavePart(t.Context(), "r1", "voso", Part{State: Running, Fence: 1}),
		"EndPart":         endErr,
		"SaveSource":      s.SaveSource(t.Context(), "r1", SourceSummary{}),
		"Cancel":          cancelErr,
		"AddItems":        s.AddItems(t.Context(), "r1", "voso", make([]Item, 1200)),
		"SavePictures":    s.SavePictures(t.Context(), "voso", map[string]Picture{"https://images.example/1.jpg": {ID: "1"}}),
		"Claim":           s.Claim(t.Context(), "voso", "shop"),
		"Unclaim":         s.Unclaim(t.Context(), "voso", "shop"),
		"forget":          s.forget(t.Context(), []string{"r0", "r1"}),
		"Release":         l.Release(t.Context()),
		"Unfinished":      unfinishedErr, "LastParts": lastErr, "Fences": fencesErr, "Orders": ordersErr,
		"Memory": memoryErr, "Runs": runsErr, "Items": itemsErr, "Pictures": picturesErr,
	} {
		if err != nil {
			t.Errorf("%s on a Cluster: %v", what, err)
		}
	}
	found, err := s.CheckSettings(t.Context())
	if err != nil || len(found) != 3 || found[0].Server != server.Addr {
		t.Errorf("settings of the Cluster's one master: %#v, %v", found, err)
	}
}
