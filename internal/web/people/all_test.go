package people_test

import "mainstay/internal/base/page"

var pageAll = page.Request{Limit: page.MaxLimit}
