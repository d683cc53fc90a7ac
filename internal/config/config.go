// Package config is the daemon's configuration: strict YAML, values from the
// environment (${NAME}) and from secret files (*_file), checked whole, every
// fault reported at once with its path and line.
//
// Only the command imports it; constructors elsewhere take their own small
// structs. A secret is a Secret, which never prints itself.
package config

import "time"

// Config is config/ocopsync.yaml. Durations are written like 30s, 15m, 36h.
type Config struct {
	Tenant        string            `yaml:"tenant"`
	DataDir       string            `yaml:"data_dir"`
	TimeZone      string            `yaml:"time_zone"`
	Schedule      Schedule          `yaml:"schedule"`
	ShutdownGrace time.Duration     `yaml:"shutdown_grace"` // for calls under way when the daemon is told to stop
	Admin         Admin             `yaml:"admin"`
	Redis         Redis             `yaml:"redis"`
	Registry      Registry          `yaml:"registry"`
	PriceList     PriceList         `yaml:"price_list"`
	Rules         Rules             `yaml:"rules"`
	Guards        Guards            `yaml:"guards"`
	Categories    string            `yaml:"categories"`
	Markets       map[string]Market `yaml:"markets"`
	Pictures      Pictures          `yaml:"pictures"`
	TLS           TLS               `yaml:"tls"`
	Log           Log               `yaml:"log"`

	// Mapping is what the categories file says, by market.
	Mapping map[string]Mapping `yaml:"-"`
}

// Redis says where state is kept: exactly one of URL, Sentinel and Cluster.
type Redis struct {
	URL      string   `yaml:"url"` // redis://, rediss:// or "embedded"
	Username string   `yaml:"username"`
	Password Secret   `yaml:"password"`
	Sentinel Sentinel `yaml:"sentinel"`
	Cluster  []string `yaml:"cluster"` // host:port of some nodes
}

// Sentinel is a Redis whose master Sentinels name.
type Sentinel struct {
	Master    string   `yaml:"master"`
	Addresses []string `yaml:"addresses"`
	Password  Secret   `yaml:"password"`
}

// Registry says where products come from.
type Registry struct {
	Kind     string            `yaml:"kind"` // province, ocopvietnam or workbook
	URL      string            `yaml:"url"`
	Token    Secret            `yaml:"token"`
	Path     string            `yaml:"path"`    // workbook: .xlsx, .csv or .json
	Columns  map[string]string `yaml:"columns"` // workbook: field -> header's words
	PageSize int               `yaml:"page_size"`
	Canaries []string          `yaml:"canaries"` // codes that a full reading always has
	Timeout  time.Duration     `yaml:"timeout"`
}

// PriceList is the producers' price list (bảng giá).
type PriceList struct {
	Path    string            `yaml:"path"` // "": none
	Columns map[string]string `yaml:"columns"`
}

// Rules say what may be sold.
type Rules struct {
	MinStars     int    `yaml:"min_stars"`
	GraceDays    int    `yaml:"grace_days"`
	SKUPrefix    string `yaml:"sku_prefix"`
	DefaultStock *int64 `yaml:"default_stock"`
}

// Guards bound what a run may do without a person.
type Guards struct {
	MaxShrinkPercent int `yaml:"max_shrink_percent"`
	MaxUnlistPercent int `yaml:"max_unlist_percent"`
	MaxUpdatePercent int `yaml:"max_update_percent"`
	PriceJumpPercent int `yaml:"price_jump_percent"` // 0: any

	Hold string `yaml:"hold"` // unlist-only: what a guard names waits; all: the whole part
}

// Market is one shop account. Which credentials are needed depends on the market.
type Market struct {
	Enabled        bool          `yaml:"enabled"`
	URL            string        `yaml:"url"`
	ClientID       string        `yaml:"client_id"`       // postmart
	ClientSecret   Secret        `yaml:"client_secret"`   // postmart
	Username       string        `yaml:"username"`        // voso
	Password       Secret        `yaml:"password"`        // voso
	ConsumerKey    Secret        `yaml:"consumer_key"`    // lamdong
	ConsumerSecret Secret        `yaml:"consumer_secret"` // lamdong
	Rate           float64       `yaml:"rate"`            // calls a second; 0: not limited
	Burst          int           `yaml:"burst"`
	Workers        int           `yaml:"workers"` // 0: the market's own number
	Timeout        time.Duration `yaml:"timeout"` // of one call

	Account string   `yaml:"account"` // names the shop account in Redis; "": by URL and login
	Sync    string   `yaml:"sync"`    // "": Schedule.Sync
	Verify  string   `yaml:"verify"`  // "": Schedule.Verify
	Windows []string `yaml:"windows"` // when the daemon may work it; none: always
	Policy  string   `yaml:"policy"`  // sync, upsert-only, create-only or observe
}

// Pictures says what the picture fetcher may reach beyond public addresses.
type Pictures struct {
	AllowHosts []string `yaml:"allow_hosts"` // host or host:port
}

// TLS adds CA certificates to the system's.
type TLS struct {
	CAFile string `yaml:"ca_file"`
}

// Log says what is logged.
type Log struct {
	Level string `yaml:"level"` // debug, info, warn, error
}

// Defaults are the values of a key that is not given.
func Defaults() Config {
	return Config{
		Tenant: "default", DataDir: "data", TimeZone: "Asia/Ho_Chi_Minh",
		Schedule:      Schedule{Sync: "*/15 * * * *", Verify: "30 2 * * *", Jitter: 30 * time.Second},
		ShutdownGrace: 20 * time.Second,
		Admin:         Admin{Listen: "127.0.0.1:8080"},
		Registry:      Registry{PageSize: 500, Timeout: 30 * time.Second},
		Rules:         Rules{MinStars: 3, SKUPrefix: "OCOP-"},
		Guards:        Guards{MaxShrinkPercent: 20, MaxUnlistPercent: 30, MaxUpdatePercent: 50, PriceJumpPercent: 60, Hold: HoldUnlistOnly},
		Log:           Log{Level: "info"},
	}
}

// What waits when a guard holds a part.
const (
	HoldUnlistOnly = "unlist-only"
	HoldAll        = "all"
)

// defaultMarket are the values of a market's key that is not given.
func defaultMarket() Market { return Market{Enabled: true, Timeout: 30 * time.Second, Policy: "sync"} }
