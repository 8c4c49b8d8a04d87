%% The same as ours.ts, in Erlang/OTP: prints one line of JSON. Run by bench/supervisor.ts with erlang-base (erl with the compiler).
-module(otp).
-behaviour(supervisor).
-export([main/1, init/1, start_child/0, child/1]).

main([N0]) ->
    N = list_to_integer(N0),
    %% Its reports of killed children cost it more than the restarts: without them, as with nobody listening on our side.
    logger:set_primary_config(level, none),
    %% Rounds unmeasured, as on the other side.
    _ = [dynamic(min(N, 10000)) || _ <- lists:seq(1, 3)],
    {Start, Back, Stop, Bytes} = dynamic(N),
    _ = [one_for_all(1000) || _ <- lists:seq(1, 3)],
    All = one_for_all(1000),
    Latency = latency(300),
    io:format("{\"start\":~.3f,\"back\":~.3f,\"stop\":~.3f,\"bytes\":~.1f,\"all\":~.3f,\"latencyUs\":~.1f,\"release\":\"~s\"}~n",
              [Start, Back, Stop, Bytes, All, Latency, erlang:system_info(otp_release)]),
    halt(0).

init({dynamic, Intensity}) ->
    {ok, {#{strategy => simple_one_for_one, intensity => Intensity, period => 3600},
          [#{id => c, start => {?MODULE, start_child, []}, restart => permanent, shutdown => 5000}]}};
init({all, N}) ->
    {ok, {#{strategy => one_for_all, intensity => 10, period => 3600},
          [#{id => I, start => {?MODULE, start_child, []}} || I <- lists:seq(1, N)]}}.

start_child() ->
    proc_lib:start_link(?MODULE, child, [self()]).

child(Parent) ->
    proc_lib:init_ack(Parent, {ok, self()}),
    receive stop -> ok end.

dynamic(N) ->
    process_flag(trap_exit, true),
    erlang:garbage_collect(),
    Before = erlang:memory(total),
    {T1, Sup} = timer:tc(fun() ->
        {ok, S} = supervisor:start_link(?MODULE, {dynamic, 10 * N}),
        [supervisor:start_child(S, []) || _ <- lists:seq(1, N)],
        S
    end),
    Pids = [P || {_, P, _, _} <- supervisor:which_children(Sup)],
    erlang:garbage_collect(Sup),
    Bytes = (erlang:memory(total) - Before) / N,
    {T2, _} = timer:tc(fun() ->
        [exit(P, kill) || P <- Pids],
        wait_back(Sup, sets:from_list(Pids), N)
    end),
    {T3, _} = timer:tc(fun() ->
        R = monitor(process, Sup),
        exit(Sup, shutdown),
        receive {'DOWN', R, _, _, _} -> ok end
    end),
    {T1 / 1000, T2 / 1000, T3 / 1000, Bytes}.

%% All are back when every child is alive and none is one of the old.
wait_back(Sup, Old, N) ->
    case proplists:get_value(active, supervisor:count_children(Sup)) of
        N ->
            case lists:any(fun({_, P, _, _}) -> sets:is_element(P, Old) end, supervisor:which_children(Sup)) of
                true -> wait_back(Sup, Old, N);
                false -> ok
            end;
        _ -> wait_back(Sup, Old, N)
    end.

one_for_all(N) ->
    {ok, Sup} = supervisor:start_link(?MODULE, {all, N}),
    [{_, First, _, _} | _] = Children = supervisor:which_children(Sup),
    Old = sets:from_list([P || {_, P, _, _} <- Children]),
    {T, _} = timer:tc(fun() -> exit(First, kill), wait_back(Sup, Old, N) end),
    exit(Sup, shutdown),
    T / 1000.

%% From a child's death to its successor's start, as the successor itself tells: the median.
latency(Rounds) ->
    {ok, Sup} = supervisor:start_link(?MODULE, {dynamic, 10 * Rounds}),
    {ok, P0} = supervisor:start_child(Sup, []),
    {Times, _} = lists:mapfoldl(fun(_, P) ->
        T0 = erlang:monotonic_time(nanosecond),
        exit(P, kill),
        Q = next(Sup, P),
        {erlang:monotonic_time(nanosecond) - T0, Q}
    end, P0, lists:seq(1, Rounds)),
    exit(Sup, shutdown),
    lists:nth(Rounds div 2, lists:sort(Times)) / 1000.

next(Sup, Old) ->
    case supervisor:which_children(Sup) of
        [{_, P, _, _}] when is_pid(P), P =/= Old -> P;
        _ -> next(Sup, Old)
    end.
