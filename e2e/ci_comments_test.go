package e2e

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// comments are those of a pull request at a host that answers as GitHub or GitLab
// do. More than a page of them is there, and one of them is somebody's who quotes
// ours.
type comments struct {
	url, host string

	mu             sync.Mutex
	all            []comment
	posted, edited int
	wrong          []string
}

type comment struct {
	ID   int    `json:"id"`
	Body string `json:"body"`
	User struct {
		Login string `json:"login"`
	} `json:"user"`
}

func newComments(t *testing.T, host string) *comments {
	t.Helper()
	c := &comments{host: host}
	for range 120 {
		c.add("a word", "somebody")
	}
	if host == "github" { // there a comment is known by its author too
		c.all[5].Body = "<!-- tocsin-diff -->\nnot ours"
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /repos/web/alerts/issues/7/comments", c.list)
	mux.HandleFunc("POST /repos/web/alerts/issues/7/comments", c.post)
	mux.HandleFunc("PATCH /repos/web/alerts/issues/comments/{id}", c.edit)
	mux.HandleFunc("GET /projects/3/merge_requests/7/notes", c.list)
	mux.HandleFunc("POST /projects/3/merge_requests/7/notes", c.post)
	mux.HandleFunc("PUT /projects/3/merge_requests/7/notes/{id}", c.edit)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.mu.Lock()
		defer c.mu.Unlock()
		if r.Header.Get("Authorization") != "Bearer secret" && r.Header.Get("Private-Token") != "secret" {
			c.wrong = append(c.wrong, "no token for "+r.URL.Path)
		}
		if _, pattern := mux.Handler(r); pattern == "" {
			c.wrong = append(c.wrong, r.Method+" "+r.URL.Path)
		}
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	c.url = server.URL
	return c
}

func (c *comments) add(body, user string) {
	one := comment{ID: 1000 + len(c.all), Body: body}
	one.User.Login = user
	c.all = append(c.all, one)
}

func (c *comments) list(w http.ResponseWriter, r *http.Request) {
	size, _ := strconv.Atoi(r.FormValue("per_page"))
	page, _ := strconv.Atoi(r.FormValue("page"))
	from, to := min((page-1)*size, len(c.all)), min(page*size, len(c.all))
	_ = json.NewEncoder(w).Encode(c.all[from:to])
}

func (c *comments) post(w http.ResponseWriter, r *http.Request) {
	c.posted++
	c.add(c.body(r), "github-actions[bot]")
	w.WriteHeader(http.StatusCreated)
}

func (c *comments) edit(w http.ResponseWriter, r *http.Request) {
	c.edited++
	id, _ := strconv.Atoi(r.PathValue("id"))
	if at := id - 1000; at >= 0 && at < len(c.all) {
		c.all[at].Body = c.body(r)
	}
	w.WriteHeader(http.StatusOK)
}

func (c *comments) body(r *http.Request) string {
	b, _ := io.ReadAll(r.Body)
	if c.host == "gitlab" {
		form, _ := url.ParseQuery(string(b))
		return form.Get("body")
	}
	var one comment
	if err := json.Unmarshal(b, &one); err != nil {
		c.wrong = append(c.wrong, err.Error())
	}
	return one.Body
}

// one fails unless there is one comment of ours, posted once and then edited, that
// ends with a text.
func (c *comments) one(t *testing.T, text string) {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	last := c.all[len(c.all)-1].Body
	if c.posted != 1 || c.edited != 1 || len(c.wrong) > 0 || !strings.HasPrefix(last, "<!-- tocsin-diff -->\n") || !strings.HasSuffix(last, text) {
		t.Errorf("%d posted, %d edited, wrong: %q, the last is %q", c.posted, c.edited, c.wrong, last)
	}
	for _, other := range c.all[:len(c.all)-1] {
		if other.Body != "a word" && !strings.HasSuffix(other.Body, "not ours") {
			t.Errorf("somebody's comment became %q", other.Body)
		}
	}
}
