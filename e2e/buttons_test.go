package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"tocsin/e2e/eventually"
	"tocsin/notifier/slack/slacktest"
)

// TestSlackButtons: somebody takes an alert on and silences it by the buttons of a
// message; the daemon keeps that with the person's name, and the message shows it.
func TestSlackButtons(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	slack := slacktest.New(slacktest.Options{
		Token: botToken, AppToken: "xapp-1-test", Channels: []string{slackBot}, Every: time.Second,
		Users: map[string]string{"U1": "Ada Lovelace"},
	})
	server := httptest.NewServer(slack)
	t.Cleanup(func() { server.CloseClientConnections(); server.Close() })
	receivers := fmt.Sprintf(`
    slack_configs:
      - {app_token: %s, app_level_token: xapp-1-test, app_url: '%s/api/chat.postMessage', channel: '%s'}
`, botToken, server.URL, slackBot)
	w.set(`load{i="a"}`, 75)
	home := w.home(t, setup{receivers: receivers}, loadRules(70, 90))
	home.Start()
	press := func(action, option string) {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		if err := slack.Press(ctx, slack.Messages()[0], action, option, [2]string{"U1", "ada"}); err != nil {
			t.Fatal(err)
		}
	}
	shows := func(text string) {
		t.Helper()
		eventually.Nil(t, patience, func() error {
			all := slack.Messages()
			if len(all) != 1 || !strings.Contains(string(all[0].Payload), text) {
				return fmt.Errorf("%d messages; the first is not %q: %v", len(all), text, all)
			}
			return nil
		})
	}

	shows("HighLoad")
	press("tocsin_acknowledge", "")
	shows("acknowledged by Ada Lovelace")
	body, err := home.Get("/api/tocsin/v1/acknowledgements")
	if err != nil || !strings.Contains(body, "Ada Lovelace") {
		t.Errorf("acknowledgements: %s, %v", body, err)
	}

	press("tocsin_silence", "for 1 hour")
	shows("silenced by Ada Lovelace")
	var silences []struct{ CreatedBy string }
	body, err = home.Get("/api/v2/silences")
	if err != nil || json.Unmarshal([]byte(body), &silences) != nil || len(silences) != 1 || silences[0].CreatedBy != "Ada Lovelace" {
		t.Errorf("silences: %s, %v", body, err)
	}
}
