package archive_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"mainstay/internal/base/clock"
	"mainstay/internal/base/errs"
	"mainstay/internal/engine/logstore/archive"
)

// eachTarget runs a test on a directory, on a bucket of a server in this test that checks signatures, and, when
// MAINSTAY_TEST_S3 is http://KEY:SECRET@127.0.0.1:PORT/BUCKET, on a bucket of a real one.
func eachTarget(t *testing.T, test func(t *testing.T, target archive.Target)) {
	t.Helper()
	t.Run("directory", func(t *testing.T) { test(t, archive.Dir(t.TempDir()+"/not there yet")) })
	t.Run("bucket", func(t *testing.T) { test(t, bucket(t, newObjects(t), "secret")) })
	t.Run("real bucket", func(t *testing.T) {
		u, err := url.Parse(os.Getenv("MAINSTAY_TEST_S3"))
		if err != nil || u.Host == "" {
			t.Skip("MAINSTAY_TEST_S3 names no S3-compatible server")
		}
		secret, _ := u.User.Password()
		b, err := archive.NewBucket(archive.BucketConfig{Endpoint: u.Scheme + "://" + u.Host, Region: "us-east-1", Bucket: strings.Trim(u.Path, "/"),
			Prefix: "test " + fmt.Sprint(clock.Wall().Now().UnixNano()) + "/ü", AccessKey: u.User.Username(), SecretKey: secret, Clock: clock.Wall()})
		if err != nil {
			t.Fatal(err)
		}
		test(t, b)
	})
}

func bucket(t *testing.T, o *objects, secret string) *archive.Bucket {
	t.Helper()
	server := httptest.NewServer(o)
	t.Cleanup(server.Close)
	b, err := archive.NewBucket(archive.BucketConfig{Endpoint: server.URL, Region: "eu-west-2", Bucket: "desk-logs", Prefix: "/london/a b+ü/",
		AccessKey: "key", SecretKey: secret, Clock: clock.Wall()})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestTargetsKeepWhatTheyAreGiven(t *testing.T) {
	eachTarget(t, func(t *testing.T, target archive.Target) {
		if names, err := target.List(t.Context()); err != nil || len(names) != 0 {
			t.Fatalf("an empty one has %v; %v", names, err)
		}
		if _, err := target.Get(t.Context(), "logs-2026-01-01.json"); !errs.Is(err, errs.NotFound) {
			t.Errorf("what is not there is answered with %v", err)
		}
		want := map[string][]byte{"logs-2026-01-01.json": []byte("{}"), "logs-2026-01-01-0a1b2c3d.ndjson.zst": bytes.Repeat([]byte{0, 255, 'x'}, 700_000), "logs-2026-01-02-e3b0c442.ndjson.zst": nil}
		for name, content := range want {
			for range 2 { // the second replaces the first
				if err := target.Put(t.Context(), name, int64(len(content)), bytes.NewReader(content)); err != nil {
					t.Fatal(err)
				}
			}
		}
		names, err := target.List(t.Context())
		if slices.Sort(names); err != nil || strings.Join(names, " ") != "logs-2026-01-01-0a1b2c3d.ndjson.zst logs-2026-01-01.json logs-2026-01-02-e3b0c442.ndjson.zst" {
			t.Errorf("it has %q; %v", names, err)
		}
		for name, content := range want {
			body, err := target.Get(t.Context(), name)
			if err != nil {
				t.Fatal(err)
			}
			got, err := io.ReadAll(body)
			if err := body.Close(); err != nil {
				t.Error(err)
			}
			if err != nil || !bytes.Equal(got, content) {
				t.Errorf("%s came back as %d bytes, want %d; %v", name, len(got), len(content), err)
			}
		}
	})
}

func TestADayComesBackFromABucket(t *testing.T) {
	eachTarget(t, func(t *testing.T, target archive.Target) {
		at := old()
		d := open(t, t.TempDir())
		d.Target = target
		d.put(append(many(at, 300), strange(at)...)...)
		before := d.all(at)
		d.archived()
		d = d.ageOut(at, 10*day)
		d.Target = target
		d.list()
		if err := d.Restore(nameOf(at), day); err != nil {
			t.Fatal(err)
		}
		d.steps("the day is back", func(st archive.Status) bool { return st.Restored[0].Done })
		if got := d.all(at); !slices.Equal(got, before) {
			t.Errorf("what came back differs: %s", firstDifference(got, before))
		}
	})
}

func TestManyDaysInABucketAreListedPageByPage(t *testing.T) {
	o := newObjects(t)
	b := bucket(t, o, "secret")
	for i := range 25 {
		if err := b.Put(t.Context(), fmt.Sprintf("logs-2026-01-%02d.json", i+1), 2, strings.NewReader("{}")); err != nil {
			t.Fatal(err)
		}
	}
	if names, err := b.List(t.Context()); err != nil || len(names) != 25 || o.lists != 3 {
		t.Errorf("%d names on %d pages; %v", len(names), o.lists, err)
	}
}

func TestABucketThatRefusesSaysWhy(t *testing.T) {
	b := bucket(t, newObjects(t), "another secret")
	_, err := b.List(t.Context())
	if !errs.Is(err, errs.Unavailable) || !strings.Contains(err.Error(), "SignatureDoesNotMatch") || strings.Contains(err.Error(), "another secret") {
		t.Errorf("it says %v", err)
	}
	for _, c := range []archive.BucketConfig{
		{}, {Endpoint: "s3.example", Region: "x", Bucket: "b", AccessKey: "a", SecretKey: "s"},
		{Endpoint: "https://s3.example", Region: "x", Bucket: "a b", AccessKey: "a", SecretKey: "s"},
		{Endpoint: "https://s3.example", Region: "x", Bucket: "b", AccessKey: "a"},
	} {
		if _, err := archive.NewBucket(c); !errs.Is(err, errs.Invalid) {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

// TestSignatureIsTheOneOfThePublishedExamples of the AWS documentation ("Signature Calculations for the
// Authorization Header", examples GET Bucket Lifecycle and GET Bucket).
func TestSignatureIsTheOneOfThePublishedExamples(t *testing.T) {
	b, err := archive.NewBucket(archive.BucketConfig{Endpoint: "https://examplebucket.s3.amazonaws.com", Region: "us-east-1", Bucket: "examplebucket",
		AccessKey: "AKIAIOSFODNN7EXAMPLE", SecretKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", Clock: clock.NewFake(time.Date(2013, 5, 24, 0, 0, 0, 0, time.UTC))})
	if err != nil {
		t.Fatal(err)
	}
	for query, want := range map[string]string{
		"lifecycle=":          "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543",
		"max-keys=2&prefix=J": "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
	} {
		req := httptest.NewRequest(http.MethodGet, "https://examplebucket.s3.amazonaws.com/?"+query, nil)
		b.Sign(req, "/")
		if got := req.Header.Get("Authorization"); !strings.HasSuffix(got, "Signature="+want) {
			t.Errorf("%s is signed with %s", query, got)
		}
	}
}

// objects is a server of one bucket that does what this package needs and refuses what is not signed
// as the documentation says, worked out from the request as it arrives.
type objects struct {
	t     *testing.T
	mu    sync.Mutex
	all   map[string][]byte
	lists int
}

func newObjects(t *testing.T) *objects { return &objects{t: t, all: map[string][]byte{}} }

func (o *objects) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	o.mu.Lock()
	defer o.mu.Unlock()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	refuse := func(status int, code string) {
		w.WriteHeader(status)
		_, _ = fmt.Fprintf(w, "<?xml version=\"1.0\"?><Error><Code>%s</Code><Message>no</Message></Error>", code)
	}
	sum := sha256.Sum256(body)
	switch key, inBucket := strings.CutPrefix(r.URL.Path, "/desk-logs/"); {
	case r.Header.Get("Authorization") != authorization(r):
		refuse(http.StatusForbidden, "SignatureDoesNotMatch")
	case r.Header.Get("X-Amz-Content-Sha256") != hex.EncodeToString(sum[:]):
		refuse(http.StatusBadRequest, "XAmzContentSHA256Mismatch")
	case !inBucket:
		refuse(http.StatusNotFound, "NoSuchBucket")
	case r.Method == http.MethodPut && r.ContentLength == int64(len(body)):
		o.all[key] = body
	case r.Method == http.MethodGet && key == "" && r.URL.Query().Get("list-type") == "2":
		o.list(w, r.URL.Query())
	case r.Method == http.MethodGet && o.has(key):
		_, _ = w.Write(o.all[key])
	case r.Method == http.MethodGet:
		refuse(http.StatusNotFound, "NoSuchKey")
	default:
		refuse(http.StatusMethodNotAllowed, "MethodNotAllowed")
	}
}

func (o *objects) has(key string) bool { _, ok := o.all[key]; return ok }

// list answers ten names a page.
func (o *objects) list(w io.Writer, q url.Values) {
	o.lists++
	var keys []string
	for k := range o.all {
		if strings.HasPrefix(k, q.Get("prefix")) && k > q.Get("continuation-token") {
			keys = append(keys, k)
		}
	}
	slices.Sort(keys)
	more := len(keys) > 10
	_, _ = fmt.Fprintf(w, "<?xml version=\"1.0\"?><ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><IsTruncated>%v</IsTruncated>", more)
	if more {
		keys = keys[:10]
		_, _ = fmt.Fprintf(w, "<NextContinuationToken>%s</NextContinuationToken>", keys[9])
	}
	for _, k := range keys {
		_, _ = fmt.Fprintf(w, "<Contents><Key>%s</Key></Contents>", k)
	}
	_, _ = io.WriteString(w, "</ListBucketResult>")
}

// authorization is the header that a request must have: the key is "key", the secret "secret".
func authorization(r *http.Request) string {
	var query []string
	for _, pair := range strings.Split(r.URL.RawQuery, "&") {
		name, value, _ := strings.Cut(pair, "=")
		name, _ = url.QueryUnescape(name)
		value, _ = url.QueryUnescape(value)
		if name != "" {
			query = append(query, escape(name, false)+"="+escape(value, false))
		}
	}
	slices.Sort(query)
	stamp, hash := r.Header.Get("X-Amz-Date"), r.Header.Get("X-Amz-Content-Sha256")
	at, err := time.Parse("20060102T150405Z", stamp)
	if off := clock.Wall().Now().Sub(at); err != nil || off.Abs() > 15*time.Minute {
		return "the request is too old"
	}
	canonical := fmt.Sprintf("%s\n%s\n%s\nhost:%s\nx-amz-content-sha256:%s\nx-amz-date:%s\n\nhost;x-amz-content-sha256;x-amz-date\n%s",
		r.Method, escape(r.URL.Path, true), strings.Join(query, "&"), r.Host, hash, stamp, hash)
	scope := stamp[:8] + "/eu-west-2/s3/aws4_request"
	text := fmt.Sprintf("AWS4-HMAC-SHA256\n%s\n%s\n%x", stamp, scope, sha256.Sum256([]byte(canonical)))
	key := "AWS4secret"
	for _, step := range []string{stamp[:8], "eu-west-2", "s3", "aws4_request", text} {
		h := hmac.New(sha256.New, []byte(key))
		_, _ = io.WriteString(h, step)
		key = string(h.Sum(nil))
	}
	return fmt.Sprintf("AWS4-HMAC-SHA256 Credential=key/%s, SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature=%x", scope, key)
}

// escape encodes as the signature wants it: url.PathEscape leaves some characters that it does not.
func escape(s string, slash bool) string {
	s = strings.ReplaceAll(url.QueryEscape(s), "+", "%20")
	if slash {
		s = strings.ReplaceAll(s, "%2F", "/")
	}
	return s
}
