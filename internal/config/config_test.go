package config_test

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"ocopsync/internal/config"
	"ocopsync/internal/listing"
	"ocopsync/internal/ocop"
)

var update = flag.Bool("update", false, "write the golden files anew")

// canary stands in every secret of testdata; no message may hold it.
const canary = "hunter2"

func environment(name string) (string, bool) {
	value, set := map[string]string{
		"TENANT": "da-lat", "REDIS_HOST": "redis.example", "REDIS_PORT": "6379", "STARS": "4", "YES": "true", "SECRET": canary + "-of-the-environment",
		"TIMEOUT": "45s", "RATE": "2.5", "SECRETS": "../secrets", "EMPTY": "",
	}[name]
	return value, set
}

func files(t *testing.T, pattern string) []string {
	t.Helper()
	found, err := filepath.Glob(pattern)
	if err != nil || len(found) == 0 {
		t.Fatalf("no files %s: %v", pattern, err)
	}
	return found
}

func TestGoodFilesLoad(t *testing.T) {
	t.Parallel()
	for _, file := range files(t, "testdata/good/*.yaml") {
		if c, err := config.Load(file, environment); err != nil || c.Mapping["voso"].Categories[0].Category != "100" {
			t.Errorf("%s: %v", file, err)
		}
	}
}

// What is wrong with each bad file stands beside it as a person gets it.
func TestBadFilesAreExplained(t *testing.T) {
	t.Parallel()
	for _, file := range files(t, "testdata/bad/*.yaml") {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml"), func(t *testing.T) {
			t.Parallel()
			c, err := config.Load(file, environment)
			if err == nil || c != nil || len(config.AsFaults(err)) == 0 {
				t.Fatalf("loaded: %+v, %v", c, err)
			}
			got := err.Error() + "\n"
			if strings.Contains(got, canary) {
				t.Errorf("a secret stands in the message:\n%s", got)
			}
			golden(t, strings.TrimSuffix(file, ".yaml")+".golden", got)
			for _, f := range config.AsFaults(err) {
				if f.File == "" || f.Text == "" {
					t.Errorf("a fault without its place or words: %+v", f)
				}
			}
		})
	}
}

func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s:\n got %s\nwant %s", file, got, want)
	}
}

func TestEveryKeyIsRead(t *testing.T) {
	t.Parallel()
	c, err := config.Load("testdata/good/everything.yaml", environment)
	if err != nil {
		t.Fatal(err)
	}
	b, err := json.MarshalIndent(c, "", "  ")
	if err != nil || strings.Contains(string(b), canary) {
		t.Errorf("the configuration as JSON shows a secret: %s, %v", b, err)
	}
	golden(t, "testdata/good/everything.golden", string(b)+"\n")
	for _, secret := range []config.Secret{
		c.Redis.Password, c.Registry.Token, c.Markets["postmart"].ClientSecret, c.Markets["voso"].Password,
		c.Markets["lamdong"].ConsumerKey, c.Markets["lamdong"].ConsumerSecret,
	} {
		if string(secret) != canary {
			t.Errorf("a secret was read as %q", string(secret))
		}
	}
}

func TestValuesFromElsewhere(t *testing.T) {
	t.Parallel()
	load := func(name string) *config.Config {
		c, err := config.Load("testdata/good/"+name+".yaml", environment)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	env := load("environment")
	if voso := env.Markets["voso"]; env.Tenant != "da-lat" || env.Redis.URL != "redis://redis.example:6379/0" || env.Rules.MinStars != 4 ||
		voso.Password != "a"+canary+"-of-the-environmentb" || voso.Timeout != 45*time.Second || voso.Rate != 2.5 || !voso.Enabled {
		t.Errorf("from the environment: %q, %q, %+v", env.Tenant, env.Redis.URL, voso)
	}
	secrets := load("secret_files")
	for got, want := range map[config.Secret]string{
		secrets.Redis.Password: canary + " of Windows", secrets.Registry.Token: canary + "-of-a-file", secrets.Markets["voso"].Password: canary + "-of-a-file",
	} {
		if string(got) != want {
			t.Errorf("from a file: %q, want %q", string(got), want)
		}
	}
	quoted := load("quoted_keys_and_long_texts")
	if voso := quoted.Markets["voso"]; quoted.Tenant != "da-lat" || quoted.DataDir != "data" || voso.URL != "https://voso.example" ||
		voso.Username != "0900000000" || string(voso.Password) != canary+"!" {
		t.Errorf("as YAML writes it: %q, %q, %+v", quoted.Tenant, quoted.DataDir, voso)
	}
	defaults := load("no_value_is_the_default")
	if want := config.Defaults(); defaults.Tenant != want.Tenant || defaults.TimeZone != want.TimeZone || !reflect.DeepEqual(defaults.Rules, want.Rules) || defaults.Log != want.Log {
		t.Errorf("without values: %+v", defaults)
	}
}

func TestPathsAreRelativeToTheFile(t *testing.T) {
	t.Parallel()
	c, err := config.Load("testdata/good/everything.yaml", environment)
	if err != nil {
		t.Fatal(err)
	}
	got := []string{c.Registry.Path, c.PriceList.Path, c.TLS.CAFile, c.Categories, c.Admin.TLS.CertFile, c.Admin.TLS.KeyFile, c.DataDir}
	if want := []string{"testdata/good/products.xlsx", "testdata/good/banggia.csv", "testdata/good/ca.pem", "testdata/categories_all.yaml",
		"testdata/good/cert.pem", "/etc/ocopsync/key.pem", "/var/lib/ocopsync"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if c, err = config.Load("testdata/good/cluster.yaml", environment); err != nil || c.Registry.Path != "/srv/ocop/products.csv" || c.DataDir != "data" {
		t.Errorf("absolute path %q, data_dir %q, %v", c.Registry.Path, c.DataDir, err)
	}
}

// A further check's faults stand among the others, each in its line; what was
// told of a key is not told twice.
func TestFurtherChecks(t *testing.T) {
	t.Parallel()
	further := func(c *config.Config, bad func(path, format string, args ...any)) {
		bad("markets.voso.windows[1]", "%s", "closed for good")
		bad("markets.voso.rate", "told twice")
		bad("schedule.sync", "%s is a default", c.Schedule.Sync)
	}
	file := filepath.Join(t.TempDir(), "c.yaml")
	write(t, file, "redis: {url: embedded}\nregistry: {kind: workbook, path: x.xlsx}\ncategories: categories.yaml\nmarkets:\n  voso:\n"+
		"    url: http://voso.example\n    username: u\n    password: p\n    rate: -1\n    windows:\n    - a\n    - b\n")
	write(t, filepath.Join(filepath.Dir(file), "categories.yaml"), "voso: {categories: [{group: thuc-pham, category: 1}]}")
	_, err := config.Load(file, environment, further)
	want := "the configuration has 3 faults:\n  " + file + ": schedule.sync: */15 * * * * is a default\n  " +
		file + ":9: markets.voso.rate: expected calls a second, or 0 for no limit\n  " + file + ":12: markets.voso.windows[1]: closed for good"
	if err == nil || err.Error() != want {
		t.Errorf("got %v\nwant %s", err, want)
	}
}

func TestFilesThatCantBeRead(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	large := filepath.Join(dir, "large.yaml")
	write(t, large, strings.Repeat("# ocopsync\n", 30_000))
	for file, want := range map[string]string{
		filepath.Join(dir, "nowhere.yaml"): "no such file",
		dir:                                "is a directory",
		large:                              "holds more than 262144 bytes",
		"/dev/zero":                        "holds more than 262144 bytes",
	} {
		if _, err := config.Load(file, environment); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), file) {
			t.Errorf("%s: %v, want %q", file, err, want)
		}
	}
	for name, tt := range map[string]struct{ secret, want string }{
		"huge":    {strings.Repeat(canary, 10_000), "holds more than 65536 bytes"},
		"largest": {strings.Repeat("x", 65536), ""},
	} {
		file := filepath.Join(dir, name+".yaml")
		write(t, filepath.Join(dir, name), tt.secret)
		b, err := os.ReadFile("testdata/good/minimal.yaml")
		if err != nil {
			t.Fatal(err)
		}
		text := strings.ReplaceAll(strings.ReplaceAll(string(b), "password: hunter2", "password_file: "+name), "../categories.yaml", "categories.yaml")
		write(t, file, text)
		write(t, filepath.Join(dir, "categories.yaml"), "voso: {categories: [{group: thuc-pham, category: 1}]}")
		if _, err = config.Load(file, environment); (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", name, err, tt.want)
		}
	}
}

func TestManyWordsAreRefused(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "many.yaml")
	write(t, file, strings.Repeat("a: b\n", 10_000))
	if _, err := config.Load(file, environment); len(config.AsFaults(err)) != 1 || !strings.Contains(err.Error(), "holds over 20000 words") {
		t.Errorf("got %.300v", err)
	}
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// The configuration may not import the rooms below, so its copies of their
// closed sets are compared here.
func TestWordsAgreeWithTheRoomsBelow(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	load := func(prefix, group, document string) error {
		write(t, filepath.Join(dir, "categories.yaml"),
			"voso: {categories: [{group: "+group+", category: 1}], refuse: [{group: "+group+", unless: "+document+", why: {vi: không, en: no}}]}")
		write(t, filepath.Join(dir, "c.yaml"), "redis: {url: embedded}\nregistry: {kind: workbook, path: x.xlsx}\nrules: {sku_prefix: "+prefix+
			"}\ncategories: categories.yaml\nmarkets: {voso: {url: 'http://voso.example', username: u, password: p}}\n")
		_, err := config.Load(filepath.Join(dir, "c.yaml"), environment)
		return err
	}
	documents := []ocop.DocumentKind{ocop.OCOPCertificate, ocop.FoodSafety, ocop.AlcoholLicence, ocop.HealthDeclaration}
	for i, group := range ocop.AllGroups() {
		if err := load("OCOP-", string(group), string(documents[i%len(documents)])); err != nil {
			t.Error(err)
		}
	}
	for _, prefix := range []string{"A-", "OCOP-", "DA-LAT-", "ABCDEFGHIJK-", "ABCDEFGHIJKL-", "A--", "-A-", "a-", "A", "Đ-", "A B-"} {
		if err := load("'"+prefix+"'", "thuc-pham", "food_safety"); (err == nil) != listing.ValidSKUPrefix(prefix) {
			t.Errorf("prefix %q: %v, but listing says %v", prefix, err, listing.ValidSKUPrefix(prefix))
		}
	}
}
