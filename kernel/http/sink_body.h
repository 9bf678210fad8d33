// Between Beast's parser and BodySink. Included by session.cc only.
#pragma once
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/optional.hpp>

#include "body_sink.h"
#include "stream.h"

namespace tinhso::http {

// Beast body that hands every piece to a BodySink, so one parser serves every kind of body.
struct SinkBody {
  struct value_type {
    BodySink* sink = nullptr;
  };
  class reader {
   public:
    template <bool is_request, class Fields>
    reader(boost::beast::http::header<is_request, Fields>&, value_type& value) : value_(value) {}
    void init(const boost::optional<std::uint64_t>&, error_code& ec) { ec = {}; }
    template <class Buffers>
    size_t put(const Buffers& buffers, error_code& ec) {
      ec = {};
      size_t total = 0;
      for (auto it = net::buffer_sequence_begin(buffers); it != net::buffer_sequence_end(buffers); ++it) {
        net::const_buffer piece = *it;
        if (value_.sink && !value_.sink->Put({static_cast<const char*>(piece.data()), piece.size()}))
          ec = boost::beast::http::error::body_limit;
        total += piece.size();
      }
      return total;
    }
    void finish(error_code& ec) { ec = {}; }

   private:
    value_type& value_;
  };
};
}  // namespace tinhso::http
