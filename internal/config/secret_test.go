package config_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"ocopsync/internal/config"
)

func TestSecretNeverPrints(t *testing.T) {
	t.Parallel()
	s := config.Secret(canary)
	held := struct {
		Secret  config.Secret
		Pointer *config.Secret
		List    []config.Secret
		Map     map[string]config.Secret
		Any     any
	}{s, &s, []config.Secret{s}, map[string]config.Secret{"a": s}, s}
	c := config.Config{Redis: config.Redis{Password: s}, Markets: map[string]config.Market{"voso": {Password: s}}}
	for _, value := range []any{s, &s, held, &held, []any{s}, c, &c, errors.Join(fmt.Errorf("log in with %v: %w", s, errors.New("no")))} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x", "%X", "%U", "%t", "%10.3s", "%c", "%!"} {
			if got := fmt.Sprintf(verb, value); strings.Contains(got, canary) || strings.Contains(strings.ToLower(got), fmt.Sprintf("%x", canary)) {
				t.Errorf("%s of %T prints the secret: %s", verb, value, got)
			}
		}
		if got := fmt.Sprint(value) + fmt.Sprintln(value); strings.Contains(got, canary) {
			t.Errorf("%T prints the secret: %s", value, got)
		}
	}
	for name, encode := range map[string]func(any) ([]byte, error){"JSON": json.Marshal, "YAML": yaml.Marshal} {
		b, err := encode(held)
		if err != nil || strings.Contains(string(b), canary) || !strings.Contains(string(b), "[secret]") {
			t.Errorf("%s: %s, %v", name, b, err)
		}
	}
	if fmt.Sprint(s) != "[secret]" || fmt.Sprint(config.Secret("")) != "" || string(s) != canary {
		t.Errorf("%v, %v, %v", s, config.Secret(""), string(s) == canary)
	}
}
