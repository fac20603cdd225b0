package promapi

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/common/model"

	"tocsin/evaluator"
)

// first tries the servers one after the other, the one that answered last at
// the head, until one answers; what is wrong with the query is an answer too.
// The text says what was wrong with each if none does.
func (s *Source) first(ctx context.Context, try func(context.Context, *server) verdict) verdict {
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	begin := s.preferred.Load()
	count := int32(len(s.servers))
	var faults []string
	for i := range count {
		n := (begin + i) % count
		v := try(ctx, s.servers[n])
		v.text = s.secrets.redact(v.text)
		if v.outcome != evaluator.Unavailable {
			s.preferred.Store(n)
			return v
		}
		faults = append(faults, s.servers[n].shown+": "+v.text)
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			// It used up the time of all: the next question begins with another.
			s.preferred.CompareAndSwap(begin, (n+1)%count)
		}
		if ctx.Err() != nil {
			break
		}
	}
	return verdict{evaluator.Unavailable, strings.Join(faults, "; ")}
}

// A response is what came back from a server, read to its end.
type response struct {
	status int
	body   string
	asked  *url.URL // after redirects
	next   string   // where a redirect that was not followed points
}

// fetch asks one server: by POST, since queries can be longer than URLs may be,
// and by GET where POST is refused or redirected.
func (s *Source) fetch(ctx context.Context, srv *server, path string, form url.Values) (response, error) {
	if !srv.byGET.Load() {
		r, err := s.send(ctx, srv, http.MethodPost, path, form)
		if err != nil || !refusesPOST(r.status) {
			return r, err
		}
	}
	r, err := s.send(ctx, srv, http.MethodGet, path, form)
	if err == nil && r.asked.Query().Get("query") == "" {
		return r, fmt.Errorf("redirects to %s and loses the query on the way", shown(r.asked))
	}
	if err == nil && r.status < 300 {
		srv.byGET.Store(true)
	}
	return r, err
}

func refusesPOST(status int) bool {
	switch status {
	case http.StatusForbidden, http.StatusMethodNotAllowed, http.StatusNotImplemented,
		http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther:
		return true
	}
	return false
}

func (s *Source) send(ctx context.Context, srv *server, method, path string, form url.Values) (response, error) {
	req, err := srv.request(ctx, method, path, form)
	if err != nil {
		return response{}, plainError(ctx, err)
	}
	got, err := s.client.Do(req)
	if err != nil {
		return response{}, plainError(ctx, err)
	}
	defer got.Body.Close()
	body, err := s.read(got)
	if err != nil {
		return response{}, plainError(ctx, err)
	}
	r := response{status: got.StatusCode, body: body, asked: got.Request.URL}
	if to, err := got.Location(); err == nil {
		r.next = shown(to)
	}
	return r, nil
}

// request writes a request. Parameters of the source's URL itself stay in the
// URL, as proxies before Prometheus want them there.
func (srv *server) request(ctx context.Context, method, path string, form url.Values) (*http.Request, error) {
	u := srv.base.JoinPath(path)
	text := form.Encode()
	if method == http.MethodGet {
		u.RawQuery = strings.Trim(u.RawQuery+"&"+text, "&")
		text = ""
	}
	req, err := http.NewRequestWithContext(ctx, method, u.String(), strings.NewReader(text))
	if err != nil {
		return nil, err
	}
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("Accept-Encoding", "gzip") // the transport of prometheus/common does not
	return req, nil
}

// plainError takes the URL out of a transport's error, since the caller names
// the server, and calls a deadline by its name.
func plainError(ctx context.Context, err error) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return errors.New("no answer in time")
	}
	if e, ok := errors.AsType[*url.Error](err); ok {
		return e.Err
	}
	return err
}

// shown is a URL as it may be printed: without user, password and parameters.
func shown(u *url.URL) string {
	plain := url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}
	return strings.TrimSuffix(plain.String(), "/")
}

// serverTimeout is what the server is told: less than what is left to us, so
// that a query that is too heavy comes back as the server's word for it and is
// not taken for a source that is down.
func serverTimeout(ctx context.Context) string {
	deadline, ok := ctx.Deadline()
	if !ok {
		return ""
	}
	left := time.Until(deadline)
	left -= min(time.Second, left/10)
	return strconv.FormatInt(max(1, left.Milliseconds()), 10) + "ms"
}

// seconds writes a time as the API reads it, exact to the millisecond.
func seconds(t model.Time) string {
	return strconv.FormatFloat(float64(t)/1000, 'f', 3, 64)
}
