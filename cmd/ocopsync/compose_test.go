package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"

	"ocopsync/internal/config"
	"ocopsync/internal/state"
	"ocopsync/internal/state/redistest"
)

// composeFile is deploy/compose.yaml, strictly: a key that is not here is a fault.
type composeFile struct {
	Name     string
	Services map[string]composeService
	Secrets  map[string]struct{ File string }
	Volumes  map[string]any
}

type composeService struct {
	Image string
	Build struct {
		Context string
		Args    map[string]string
	}
	Command     []string
	DependsOn   map[string]struct{ Condition string } `yaml:"depends_on"`
	ReadOnly    bool                                  `yaml:"read_only"`
	CapDrop     []string                              `yaml:"cap_drop"`
	SecurityOpt []string                              `yaml:"security_opt"`
	Tmpfs       []string
	Volumes     []string
	Secrets     []string
	Ports       []string
	Healthcheck struct {
		Test              []string
		Interval, Timeout string
		Retries           int
	}
	Restart   string
	StopGrace string `yaml:"stop_grace_period"`
	Logging   struct {
		Driver  string
		Options map[string]string
	}
}

func readCompose(t *testing.T) composeFile {
	t.Helper()
	b, err := os.ReadFile("../../deploy/compose.yaml")
	must(t, err)
	var c composeFile
	must(t, yaml.NewDecoder(bytes.NewReader(b), yaml.Strict()).Decode(&c))
	return c
}

// A mount is a file or folder of the machine, beside compose.yaml, as a service
// sees it.
type mount struct {
	from, to string
	secret   bool
}

// mounts gives what a service sees of the machine; named volumes are not among it.
func (c composeFile) mounts(t *testing.T, service string) []mount {
	t.Helper()
	var all []mount
	for _, v := range c.Services[service].Volumes {
		parts := strings.Split(v, ":")
		if _, named := c.Volumes[parts[0]]; named && len(parts) == 2 {
			continue
		}
		if len(parts) != 3 || !strings.HasPrefix(parts[0], ".") || parts[2] != "ro" {
			t.Errorf("%s: %s is neither a named volume nor a file here, read-only", service, v)
			continue
		}
		all = append(all, mount{from: parts[0], to: parts[1]})
	}
	for _, name := range c.Services[service].Secrets {
		all = append(all, mount{from: c.Secrets[name].File, to: "/run/secrets/" + name, secret: true})
	}
	return all
}

// mountInto puts a mount into a root. What is not shipped, the secrets and the
// prices, is made up.
func mountInto(t *testing.T, root string, m mount) {
	t.Helper()
	to := filepath.Join(root, m.to)
	must(t, os.MkdirAll(filepath.Dir(to), 0o755))
	switch {
	case m.secret && strings.HasPrefix(m.from, "./secrets/"):
		must(t, os.WriteFile(to, []byte("a secret\n"), 0o600))
	case m.from == "./prices":
		must(t, os.Mkdir(to, 0o755))
	default:
		must(t, copyFile(filepath.Join("../../deploy", m.from), to, 0o600))
	}
}

func TestComposeOfTheDaemon(t *testing.T) {
	t.Parallel()
	c := readCompose(t)
	s := c.Services["ocopsync"]
	if !s.ReadOnly || !slices.Equal(s.CapDrop, []string{"ALL"}) || !slices.Equal(s.SecurityOpt, []string{"no-new-privileges:true"}) ||
		len(s.Tmpfs) != 1 || !strings.HasPrefix(s.Tmpfs[0], "/tmp:") || s.Restart != "unless-stopped" || !slices.Contains(s.Volumes, "data:/data") {
		t.Errorf("the daemon may do more than it needs, or lacks what it needs: %+v", s)
	}
	if s.DependsOn["redis"].Condition != "service_healthy" || len(c.Services["redis"].Healthcheck.Test) == 0 {
		t.Error("the daemon does not wait for Redis")
	}
	if _, err := os.Stat(filepath.Join("../../deploy", s.Build.Context, "Dockerfile")); err != nil {
		t.Error(err)
	}
	for name, service := range c.Services {
		if service.Logging.Driver != "json-file" || service.Logging.Options["max-size"] == "" || service.Logging.Options["max-file"] == "" {
			t.Errorf("the log of %s grows without end: %+v", name, service.Logging)
		}
		for _, p := range service.Ports {
			if name == "redis" || !strings.HasPrefix(p, "127.0.0.1:") {
				t.Errorf("%s is published as %s", name, p)
			}
		}
	}
}

// What compose.yaml mounts is a configuration that loads, and fits the rest.
func TestComposeMountsAConfiguration(t *testing.T) {
	t.Parallel()
	c := readCompose(t)
	s := c.Services["ocopsync"]
	root := t.TempDir()
	for _, m := range c.mounts(t, "ocopsync") {
		mountInto(t, root, m)
	}
	file := filepath.Join(root, "/etc/ocopsync/ocopsync.yaml")
	b, err := os.ReadFile(file)
	must(t, err)
	text := string(b)
	for name := range c.Secrets {
		if strings.Count(text, "_file: /run/secrets/"+name+"\n") != 1 || !slices.Contains(s.Secrets, name) {
			t.Errorf("the secret %s is not asked for by one key, or not given to the daemon", name)
		}
	}
	must(t, os.WriteFile(file, []byte(strings.ReplaceAll(text, "/run/secrets/", filepath.Join(root, "/run/secrets")+"/")), 0o600))
	cfg, err := config.Load(file, func(string) (string, bool) { return "", false }, checkSchedules)
	must(t, err)
	if len(enabled(cfg)) != 3 || cfg.Redis.URL != "redis://redis:6379/0" || cfg.DataDir != "/data" || !strings.HasPrefix(cfg.PriceList.Path, filepath.Join(root, "/etc/ocopsync/prices")) {
		t.Errorf("markets %v, Redis %s, data_dir %s, prices %s", enabled(cfg), cfg.Redis.URL, cfg.DataDir, cfg.PriceList.Path)
	}
	if len(s.Ports) != 1 || !strings.HasSuffix(s.Ports[0], cfg.Admin.Listen) {
		t.Errorf("listens at %s, published is %v", cfg.Admin.Listen, s.Ports)
	}
	wantTimeToStop(t, s.StopGrace, cfg)
}

// wantTimeToStop wants a daemon to be given longer than it may take.
func wantTimeToStop(t *testing.T, given string, cfg *config.Config) {
	t.Helper()
	d, err := time.ParseDuration(given)
	if err != nil || d < cfg.ShutdownGrace+5*time.Second {
		t.Errorf("it is killed after %q, which must be well above shutdown_grace, %s: %v", given, cfg.ShutdownGrace, err)
	}
}

// A Redis that is started as compose.yaml says is one that the daemon takes.
func TestComposeOfRedis(t *testing.T) {
	t.Parallel()
	c := readCompose(t)
	s := c.Services["redis"]
	if len(s.Ports) > 0 || !slices.Contains(s.Volumes, "redis:/data") || s.Command[0] != "redis-server" {
		t.Fatalf("Redis is published, or keeps nothing: %+v", s)
	}
	server := redistest.New(t, s.Command[1:]...)
	client, err := state.Dial(state.Config{URL: "redis://" + server.Addr + "/0"})
	must(t, err)
	t.Cleanup(func() { _ = client.Close() })
	store, err := state.Open(t.Context(), state.Options{Client: client, Tenant: "da-lat"})
	must(t, err)
	settings, err := store.CheckSettings(t.Context())
	must(t, err)
	for _, set := range settings {
		if set.Verdict != state.Fit {
			t.Error(set)
		}
	}

	check := s.Healthcheck.Test
	if len(check) != 2 || check[0] != "CMD-SHELL" || !strings.HasPrefix(check[1], "redis-cli ") {
		t.Fatalf("this test can't run %q", check)
	}
	_, port, _ := strings.Cut(server.Addr, ":")
	healthy := func() error {
		return exec.CommandContext(t.Context(), "sh", "-c", strings.Replace(check[1], "redis-cli ", "redis-cli -p "+port+" ", 1)).Run()
	}
	if err := healthy(); err != nil {
		t.Errorf("of a Redis that is well: %v", err)
	}
	server.Stop()
	if healthy() == nil {
		t.Error("a Redis that is gone is said to be healthy")
	}
}
