package e2e

import (
	"fmt"
	"testing"

	"tocsin/e2e/daemon"
	"tocsin/e2e/eventually"
	"tocsin/e2e/hook"
)

// known waits until so many alerts of a level are what people should know of,
// whether or not anybody may be told.
func known(t *testing.T, home *daemon.Home, level string, want float64) {
	t.Helper()
	eventually.Nil(t, patience, func() error {
		got, err := home.Metric(fmt.Sprintf(`tocsin_alerts{level=%q}`, level))
		if err == nil && got != want {
			err = fmt.Errorf("%v alerts are at %s, want %v", got, level, want)
		}
		return err
	})
}

// episode is the one alert's of a post.
func (w *world) episode(t *testing.T, n int) string {
	t.Helper()
	e := w.hook.Taken()[n].Message.Alerts[0].Episode
	if e == "" {
		t.Fatal("an alert without an episode")
	}
	return e
}

// reload brings a config into force.
func reload(t *testing.T, home *daemon.Home, config string) {
	t.Helper()
	home.Write("tocsin.yaml", config)
	if _, err := home.Post("/-/reload"); err != nil {
		t.Fatal(err)
	}
}

// await waits until the webhook took a post, among others, and returns it.
func (w *world) await(t *testing.T, want string) hook.Post {
	t.Helper()
	var found hook.Post
	eventually.Nil(t, patience, func() error {
		for _, p := range w.hook.Taken() {
			if says(p) == want {
				found = p
				return nil
			}
		}
		return fmt.Errorf("the webhook took no %q", want)
	})
	return found
}
