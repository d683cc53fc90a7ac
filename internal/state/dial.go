package state

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// Config says where Redis is. Zero fields take go-redis' defaults.
type Config struct {
	// URL is one server: redis://user:password@host:6379/0, rediss:// with TLS,
	// or unix:///path. It excludes Addresses.
	URL string
	// Addresses are host:port of one server, of the Sentinels when Master is
	// named, or of some nodes of a Cluster.
	Addresses []string
	Cluster   bool   // Addresses are a Cluster's
	Master    string // name of the master that the Sentinels watch

	Username, Password                 string // beat those of URL
	SentinelUsername, SentinelPassword string
	DB                                 int         // beats that of URL unless 0; a Cluster has only 0
	TLS                                *tls.Config // nil: without, unless URL asks for it

	PoolSize     int           // connections at most, per node
	MinIdle      int           // connections kept open
	DialTimeout  time.Duration // of one attempt to connect
	ReadTimeout  time.Duration // of one answer
	WriteTimeout time.Duration // of one request
}

// clusterReload is how often a Cluster's map is read: with go-redis' own minute
// a failover took 57 s, with this it took under 3 s.
const clusterReload = 2 * time.Second

// Dial makes a client, which connects when it is first used; the caller closes
// it. It fails when the configuration contradicts itself. Its errors hold no
// password.
func Dial(c Config) (redis.UniversalClient, error) {
	if err := c.check(); err != nil {
		return nil, fmt.Errorf("redis: %w", err)
	}
	o := redis.UniversalOptions{
		Addrs: c.Addresses, MasterName: c.Master, DB: c.DB,
		Username: c.Username, Password: c.Password,
		SentinelUsername: c.SentinelUsername, SentinelPassword: c.SentinelPassword,
		TLSConfig: c.TLS, ClientName: "ocopsync",
		PoolSize: c.PoolSize, MinIdleConns: c.MinIdle,
		DialTimeout: c.DialTimeout, ReadTimeout: c.ReadTimeout, WriteTimeout: c.WriteTimeout,
		ContextTimeoutEnabled: true, // a lease that can't be renewed must be noticed in time
		// Pushed notices of one vendor's cloud; each connection would ask for them.
		MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
	}
	switch {
	case c.URL != "":
		return c.dialURL(o.Simple())
	case c.Cluster:
		cluster := o.Cluster()
		cluster.ClusterStateReloadInterval = clusterReload
		return redis.NewClusterClient(cluster), nil
	case c.Master != "":
		return redis.NewFailoverClient(o.Failover()), nil
	}
	return redis.NewClient(o.Simple()), nil
}

// dialURL puts what the URL says into the options, under what is said beside it.
func (c Config) dialURL(o *redis.Options) (redis.UniversalClient, error) {
	u, err := redis.ParseURL(c.URL)
	if err != nil {
		// url.Error repeats the address, which may hold a password.
		var bad *url.Error
		if errors.As(err, &bad) {
			err = bad.Err
		}
		return nil, fmt.Errorf("redis: url can't be read: %w", err)
	}
	o.Network, o.Addr = u.Network, u.Addr
	if o.Username == "" && o.Password == "" {
		o.Username, o.Password = u.Username, u.Password
	}
	if o.DB == 0 {
		o.DB = u.DB
	}
	if o.TLSConfig == nil {
		o.TLSConfig = u.TLSConfig
	} else if u.TLSConfig == nil {
		return nil, errors.New("redis: tls is configured and the url is not rediss://")
	} else if o.TLSConfig.ServerName == "" {
		o.TLSConfig = o.TLSConfig.Clone()
		o.TLSConfig.ServerName = u.TLSConfig.ServerName
	}
	return redis.NewClient(o), nil
}

func (c Config) check() error {
	switch {
	case c.URL != "" && len(c.Addresses) > 0:
		return errors.New("give url or addresses, not both")
	case c.URL == "" && len(c.Addresses) == 0:
		return errors.New("neither url nor addresses are given")
	case c.URL != "" && (c.Cluster || c.Master != ""):
		return errors.New("a Cluster or Sentinels are given by addresses, not by a url")
	case c.Cluster && c.Master != "":
		return errors.New("cluster and master (Sentinel) exclude each other")
	case c.Cluster && c.DB != 0:
		return fmt.Errorf("db %d: a Cluster has only db 0", c.DB)
	case len(c.Addresses) > 1 && !c.Cluster && c.Master == "":
		return errors.New("several addresses: say whether they are a cluster or the Sentinels of a master")
	}
	return nil
}

// LogTo hands what go-redis says of its connections to say, as one line without
// its end. go-redis has one log for the whole process, standard error unless told
// otherwise: main calls this once, before Dial.
func LogTo(say func(line string)) { redis.SetLogger(logTo(say)) }

type logTo func(line string)

// Printf is what go-redis calls.
func (say logTo) Printf(_ context.Context, format string, args ...any) {
	say(fmt.Sprintf(format, args...))
}
