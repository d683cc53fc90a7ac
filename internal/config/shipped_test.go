package config_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	shipped "ocopsync/config"
	"ocopsync/internal/config"
	"ocopsync/internal/ocop"
)

// shippedIn writes the shipped files into a folder and loads them, the main one
// changed by pairs of old and new.
func shippedIn(t *testing.T, change ...string) (*config.Config, error) {
	t.Helper()
	dir := t.TempDir()
	names, err := fs.Glob(shipped.Files, "*.yaml")
	if err != nil || len(names) == 0 {
		t.Fatalf("nothing is shipped: %v", err)
	}
	for _, name := range names {
		b, err := shipped.Files.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		text := string(b)
		for i := 0; name == "ocopsync.yaml" && i < len(change); i += 2 {
			if !strings.Contains(text, change[i]) {
				t.Fatalf("%s does not say %q", name, change[i])
			}
			text = strings.Replace(text, change[i], change[i+1], 1)
		}
		write(t, filepath.Join(dir, name), text)
	}
	write(t, filepath.Join(dir, "secret"), "a secret\n")
	return config.Load(filepath.Join(dir, "ocopsync.yaml"), func(string) (string, bool) { return "", false })
}

func TestShippedFilesLoad(t *testing.T) {
	t.Parallel()
	if _, err := config.Load("../../config/ocopsync.yaml", os.LookupEnv); err != nil {
		t.Fatal(err)
	}
	c, err := shippedIn(t)
	if err != nil {
		t.Fatal(err)
	}
	for name, m := range c.Markets {
		if !m.Enabled || !strings.HasPrefix(m.URL, "http://127.0.0.1:") {
			t.Errorf("%s does not talk to the sandbox: %s", name, m.URL)
		}
		mapped := map[string]bool{}
		for _, r := range c.Mapping[name].Categories {
			mapped[r.Group] = true
		}
		for _, r := range c.Mapping[name].Refuse {
			mapped[r.Group] = true
		}
		for _, g := range ocop.AllGroups() {
			if !mapped[string(g)] {
				t.Errorf("%s: the group %s is neither mapped nor refused", name, g)
			}
		}
	}
	if d := config.Defaults(); c.Schedule != d.Schedule || c.ShutdownGrace != d.ShutdownGrace || fmt.Sprint(c.Admin) != fmt.Sprint(d.Admin) {
		t.Errorf("the shipped values are not the defaults: %+v, %s, %+v", c.Schedule, c.ShutdownGrace, c.Admin)
	}
	if c.Rules.MinStars != 3 || c.Rules.DefaultStock != nil || c.Tenant != "da-lat" {
		t.Errorf("tenant %s, rules %+v", c.Tenant, c.Rules)
	}
}

// The comments of the shipped file name other ways: each must work as told.
func TestShippedCommentsAreTrue(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		change []string
		holds  func(c *config.Config) bool
	}{
		"sentinel": {
			[]string{"  url: redis://127.0.0.1:6379/0   # or: sentinel: {master, addresses}", `  sentinel: {master: ocop, addresses: ["127.0.0.1:26379"]} #`},
			func(c *config.Config) bool { return c.Redis.Sentinel.Master == "ocop" },
		},
		"cluster": {
			[]string{"url: redis://127.0.0.1:6379/0 ", `cluster: ["10.0.0.1:6379", "10.0.0.2:6379"] `, `cluster: ["host:port", ...]`, ""},
			func(c *config.Config) bool { return len(c.Redis.Cluster) == 2 },
		},
		"workbook": {
			[]string{"kind: province ", "kind: workbook ", "url: http://127.0.0.1:8090", "path: products.xlsx", "(then: path: products.xlsx)", ""},
			func(c *config.Config) bool {
				return filepath.Base(c.Registry.Path) == "products.xlsx" && filepath.IsAbs(c.Registry.Path)
			},
		},
		"national registry": {
			[]string{"kind: province ", "kind: ocopvietnam "}, func(c *config.Config) bool { return c.Registry.Kind == "ocopvietnam" },
		},
		"default stock": {
			[]string{"# default_stock: 10", "default_stock: 10"}, func(c *config.Config) bool { return *c.Rules.DefaultStock == 10 },
		},
		"no limit": {
			[]string{"rate: 20 ", "rate: 0 "}, func(c *config.Config) bool { return c.Markets["postmart"].Rate == 0 },
		},
		"every secret as a file": {
			[]string{
				"token: sandbox-registry-token", "token_file: secret", "client_secret: sandbox-shop-secret", "client_secret_file: secret",
				"password: sandbox-password", "password_file: secret",
				"consumer_key: ck_5a0db0c5a0db0c5a0db0c5a0db0c5a0db0c5a0db", "consumer_key_file: secret",
				"consumer_secret: cs_5a0db0c5a0db0c5a0db0c5a0db0c5a0db0c5a0db", "consumer_secret_file: secret",
				"url: redis://127.0.0.1:6379/0 ", "{url: redis://127.0.0.1:6379/0, password_file: secret} ", "redis:\n  {", "redis:\n  {",
			},
			func(c *config.Config) bool {
				const s = "a secret"
				return c.Registry.Token == s && c.Redis.Password == s && c.Markets["postmart"].ClientSecret == s && c.Markets["voso"].Password == s &&
					c.Markets["lamdong"].ConsumerKey == s && c.Markets["lamdong"].ConsumerSecret == s
			},
		},
		"schedules off": {
			[]string{`sync: "*/15 * * * *" `, "sync: off ", `verify: "30 2 * * *" `, "verify: off "},
			func(c *config.Config) bool { return c.Schedule.Sync == "off" && c.Schedule.Verify == "off" },
		},
		"a market's own times": {
			[]string{"# sync:", "sync:", "# verify:", "verify:", "# windows:", "windows:"},
			func(c *config.Config) bool {
				m := c.Markets["voso"]
				return m.Sync == "5 * * * *" && m.Verify == "0 4 * * 0" && slices.Equal(m.Windows, []string{"18:00-07:00"})
			},
		},
		"account": {[]string{"# account:", "account:"}, func(c *config.Config) bool { return c.Markets["postmart"].Account == "da-lat-postmart" }},
		"everywhere, by https": {
			[]string{
				"listen: 127.0.0.1:8080 ", `listen: ":8080" `, `public_url: "" `, "public_url: https://ocop.example ",
				`{cert_file: "", key_file: ""}`, "{cert_file: cert.pem, key_file: key.pem}", "trusted_proxies: [] ", "trusted_proxies: [10.1.2.3, 10.2.0.0/16] ",
			},
			func(c *config.Config) bool {
				return c.Admin.TLS.On() && filepath.IsAbs(c.Admin.TLS.KeyFile) && len(c.Admin.TrustedProxies) == 2 && c.Admin.Listen == ":8080"
			},
		},
		"embedded":   {[]string{"url: redis://127.0.0.1:6379/0 ", "url: embedded "}, func(c *config.Config) bool { return c.Redis.URL == "embedded" }},
		"log levels": {[]string{"level: info ", "level: error "}, func(c *config.Config) bool { return c.Log.Level == "error" }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, err := shippedIn(t, tt.change...)
			if err != nil {
				t.Fatal(err)
			}
			if !tt.holds(c) {
				t.Errorf("loaded %+v", c)
			}
		})
	}
	if _, err := shippedIn(t, "sandbox-shop-secret", "${NOT_SET}"); err == nil || !strings.Contains(err.Error(), "NOT_SET") {
		t.Errorf("${NAME} takes no value from the environment: %v", err)
	}
}
