# nolint start
vectors <- list(c(3, 1, 2, 4), 4:1, matrix(c(4, 1, 2, 3), 2))

list(title = "Types and conversions", rows = list(
  on(
    vectors[1],
    differs = {
      "is FALSE, since a tensor is an environment to R" <- is.vector(x) ~ is.vector(as_r(x))
      "is FALSE, since a tensor is an environment to R" <- is.double(x) ~ is.double(as_r(x))
    }
  ),
  on(
    vectors,
    value = {
      as.vector(x); as.numeric(x); as.double(x); as.integer(x); as.character(x); as.complex(x); as.list(x); as.raw(x)
      as.vector(x, "integer"); as.vector(x, "list"); as.vector(x, "character"); as.factor(x); factor(x); as.ordered(x)
      is.numeric(x); is.array(x); is.matrix(x); as.array(x) + 0
      as.hexmode(as.integer(x)); is.character(x); is.symbol(x); is.call(x); is.name(x)
      is.pairlist(x); is.expression(x); is.raw(x); is.table(x); is.ordered(x); is.language(x)
      as.POSIXct(x, origin = "1970-01-01", tz = "UTC"); as.Date(x, origin = "1970-01-01"); as.table(x)
      as.POSIXlt(x, origin = "1970-01-01", tz = "UTC"); is.primitive(x)
      bit64::as.integer64(x); as.logical(x > 2); as.logical(x / x)
      is.element(3, x); all.equal(x, x); identical(x, x); chartr("1", "2", x); suppressWarnings(as.numeric(x))
      as.numeric_version("1"); julian(as.Date(x, origin = "1970-01-01"))
      cut(as.Date(x, origin = "1970-01-01"), "day")
    },
    differs = {
      "is FALSE, since a tensor is an environment to R" <- is.atomic(x) ~ is.atomic(as_r(x))
      "is FALSE, since a tensor is an environment to R" <- is.logical(x > 2) ~ is.logical(as_r(x > 2))
      "is FALSE, since a tensor is an environment to R" <- is.complex(x + 1i) ~ is.complex(as_r(x + 1i))
      "is TRUE, since a tensor is an environment to R" <- is.environment(x) ~ is.environment(as_r(x))
      "is TRUE, since a tensor is an environment to R" <- is.recursive(x) ~ is.recursive(as_r(x))
      "is TRUE, since a tensor has a class" <- is.object(x) ~ is.object(as_r(x))
      "is \"environment\"" <- typeof(x)
      "is \"environment\"" <- mode(x) ~ mode(as_r(x))
      "is \"environment\"" <- storage.mode(x)
      "is the tensor's class" <- class(x)
      "is the tensor's class" <- oldClass(x)
      "are the tensor's class" <- attributes(x)
      "tells the class" <- methods::is(x)
      "is the size of R's handle" <- object.size(x)
      "shows a handle" <- deparse(x)
    },
    out_of_reach = {
      unclass(x) ~ as_r(x)
      bitwNot(x) ~ bitwNot(as.vector(x))
      intToBits(x) ~ intToBits(as.vector(x))
      as.hexmode(x) ~ as.hexmode(as.integer(x))
      nchar(x) ~ nchar(as_r(x))
    },
    refused = {
      as.expression(x) ~ as.expression(as.vector(x))
      as.name(x) ~ as.name(as.character(x[1]))
      as.pairlist(x) ~ as.pairlist(as.list(x))
    }
  ),
  on(
    list(c(1.5, 2.5)),
    refused = {
      as.integer(x) ~ as.integer(as.vector(x))
      as.raw(x) ~ as.raw(as.vector(x))
      as.logical(x) ~ as.logical(as.vector(x))
    }
  ),
  on(
    list(c(1+2i, -1i)),
    value = {
      as.complex(x); as.vector(x); as.list(x); is.numeric(x); as.character(x)
    },
    refused = as.numeric(x) ~ as.numeric(as.vector(Re(x)))
  )
))
# nolint end
