package hook_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"tocsin/e2e/hook"
)

func post(ctx context.Context, url, id, body string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Idempotency-Key", id)
	return http.DefaultClient.Do(req)
}

// TestRemembersAndAnswers: a post is kept with its id and what was answered.
func TestRemembersAndAnswers(t *testing.T) {
	r := hook.New(t)
	r.Answer(func(n int, _ hook.Post) hook.Reply {
		if n == 0 {
			return hook.Reply{Status: http.StatusServiceUnavailable, Header: map[string]string{"Retry-After": "1"}}
		}
		return hook.Reply{}
	})
	for i, want := range []int{http.StatusServiceUnavailable, http.StatusOK} {
		resp, err := post(t.Context(), r.URL(), "a", `{"alerts":[{"labels":{"x":"y"}}]}`)
		if err != nil {
			t.Fatal(err)
		}
		if resp.Body.Close(); resp.StatusCode != want {
			t.Errorf("post %d was answered %d, want %d", i, resp.StatusCode, want)
		}
	}
	posts, taken := r.Posts(), r.Taken()
	if len(posts) != 2 || len(taken) != 1 || taken[0].ID != "a" || taken[0].Message.Alerts[0].Labels["x"] != "y" {
		t.Errorf("%+v taken of %+v", taken, posts)
	}
}

// TestNotTakenByTheDead: a sender that does not wait for the answer was not told
// that it arrived.
func TestNotTakenByTheDead(t *testing.T) {
	r := hook.New(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	r.Answer(func(int, hook.Post) hook.Reply {
		cancel()
		return hook.Reply{After: time.Hour}
	})
	if resp, err := post(ctx, r.URL(), "a", `{}`); err == nil {
		resp.Body.Close()
		t.Fatal("an hour has passed")
	}
	if len(r.Posts()) != 1 || len(r.Taken()) != 0 {
		t.Errorf("posts %+v, taken %+v", r.Posts(), r.Taken())
	}
}
