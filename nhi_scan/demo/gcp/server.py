"""A loopback server that speaks Google's protocols from an estate that is data.

REST: `http://127.0.0.1:PORT/<service host>/<REST path>`, for example
`http://127.0.0.1:PORT/cloudasset.googleapis.com/v1/organizations/1/assets`. Google's generated clients keep a path that
follows the host (their REST transport formats `{host}{uri}`), so a client is made with

    AssetServiceClient(transport="rest", credentials=AnonymousCredentials(),
                       client_options={"api_endpoint": f"{endpoint}/cloudasset.googleapis.com"})

and so for iam_v2, iam_v3, resourcemanager_v3, recommender_v1, orgpolicy_v2. The others are asked by their REST paths,
with whatever HTTP session: GET `{endpoint}/{service host}/{path}`.

gRPC: `google.iam.admin.v1.IAM`, which has no REST transport, on its own port without TLS:

    transport = IAMGrpcTransport(channel=grpc.insecure_channel(grpc_endpoint))

What it holds against Google: a path, method or query parameter that the service's discovery document does not have is
answered 400; an answer that does not fit the document's schema is answered 500 and kept in `Served.breaches`.
"""
